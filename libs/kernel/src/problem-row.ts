/** Who has to act: the person who asked, a part that we depend on, or we ourselves. */
export type Blame = 'caller' | 'upstream' | 'us';

/** One row of the error table. Shape after the status table of Apache Guacamole: one code, every protocol. */
export interface ProblemRow {
  /** HTTP status (RFC 9110). */
  readonly http: number;
  /** WebSocket close code (RFC 6455 §7.4, 4000-4999 private use). */
  readonly ws: number;
  readonly retry: 'never' | 'later';
  readonly blame: Blame;
  /** What happened, what was kept, what to do next: one or two sentences that a patient can read. */
  readonly message: string;
}

/** The row of these facts, in the order of the table's columns. */
export const row = (
  http: number,
  ws: number,
  retry: ProblemRow['retry'],
  blame: Blame,
  message: string,
): ProblemRow => ({
  http,
  ws,
  retry,
  blame,
  message,
});

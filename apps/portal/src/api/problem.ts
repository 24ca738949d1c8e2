/** What the server answers when it refuses (RFC 9457): `detail` is a sentence for people, `code` is for programs. */
export class ProblemError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail: string,
    /** After a wrong passcode: how often one may still try. */
    readonly remainingTries?: number,
    /** Where no place can be kept: when one can. */
    readonly nextFree?: string,
  ) {
    super(detail);
    this.name = 'ProblemError';
  }
}

export const OFFLINE = 'portal.offline';

/** Turns whatever came back with an error status into a ProblemError; never throws on a strange body. */
export function problemFrom(status: number, body: unknown): ProblemError {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const code = typeof fields['code'] === 'string' ? fields['code'] : 'kernel.unexpected';
  const detail = typeof fields['detail'] === 'string' ? fields['detail'] : '';
  const tries = fields['remainingTries'];
  const nextFree = fields['nextFree'];
  return new ProblemError(
    code,
    status,
    detail,
    typeof tries === 'number' ? tries : undefined,
    typeof nextFree === 'string' ? nextFree : undefined,
  );
}

export const isProblem = (error: unknown, code: string): boolean =>
  error instanceof ProblemError && error.code === code;

/** Asking again may help: the network or the server was away, not the request wrong. */
export const mayRetry = (error: unknown): boolean =>
  !(error instanceof ProblemError) || error.code === OFFLINE || error.status >= 500;

/** What one control connection may take; tests make it smaller. */
export interface FtpsLimits {
  /** Until somebody has logged in. */
  readonly loginMs: number;
  /** For each whole line, from the first wait for it to its end. */
  readonly idleMs: number;
  /** Until the data connection has come, and again until its handshake is done. */
  readonly dataMs: number;
  /** `leastBytes` have to come in so long, not counting the time that we take ourselves. */
  readonly stallMs: number;
  readonly leastBytes: number;
  /** Before a wrong password is answered. */
  readonly wrongPasswordMs: number;
  /** Wrong passwords of one connection. */
  readonly tries: number;
}

export const FTPS_LIMITS: FtpsLimits = {
  loginMs: 30_000,
  idleMs: 180_000,
  dataMs: 15_000,
  stallMs: 60_000,
  leastBytes: 64 * 1024,
  wrongPasswordMs: 1_000,
  tries: 3,
};

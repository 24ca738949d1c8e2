/** Reasons of an A-ABORT by the service provider (PS3.8 §9.3.8, table 9-26). */
export const ABORT_REASON = {
  unspecified: 0,
  unrecognizedPdu: 1,
  unexpectedPdu: 2,
  unexpectedParameter: 5,
  invalidParameter: 6,
} as const;
export type AbortReason = (typeof ABORT_REASON)[keyof typeof ABORT_REASON];

/** The peer sent what the standard does not allow. The association is aborted with this reason. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(
    readonly reason: AbortReason,
    message: string,
  ) {
    super(message);
  }
}

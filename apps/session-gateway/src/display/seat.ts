import { Problem, type ProblemCode } from '@vitrine/kernel';
import type { ParticipantRef } from '@vitrine/sessions';

/** Something that can be ended and says when it has. */
export interface Closable {
  close(reason: ProblemCode): void;
}

/**
 * The place of one browser at one session, from before its ticket is redeemed until its last byte. A revocation
 * therefore always finds it: the join commits while the seat is taken, or is refused.
 */
export class Seat {
  participationId: string | undefined;
  private cutBy: ProblemCode | undefined;
  private tunnel: Closable | undefined;
  private readonly controller = new AbortController();
  private resolveVacated: () => void = () => undefined;
  private resolveRecorded: () => void = () => undefined;
  /** No byte can pass any more. */
  readonly vacated = new Promise<void>((resolve) => (this.resolveVacated = resolve));
  /** The leave is on record. */
  readonly recorded = new Promise<void>((resolve) => (this.resolveRecorded = resolve));

  constructor(
    readonly sessionId: string,
    readonly participant: Pick<ParticipantRef, 'kind' | 'id'>,
    private readonly remove: (seat: Seat) => void,
  ) {}

  /** Fires when the seat is cut: whatever is still being set up has to stop. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Throws the reason when the seat was cut while its browser was joining. */
  assertKept(): void {
    if (this.cutBy !== undefined) throw new Problem(this.cutBy);
  }

  take(tunnel: Closable): void {
    this.tunnel = tunnel;
    if (this.cutBy !== undefined) tunnel.close(this.cutBy);
  }

  cut(reason: ProblemCode): void {
    this.cutBy ??= reason;
    this.controller.abort(new Problem(this.cutBy));
    this.tunnel?.close(this.cutBy);
  }

  vacate(): void {
    this.resolveVacated();
  }

  /** The last act of a seat; also vacates it. */
  leave(): void {
    this.remove(this);
    this.resolveVacated();
    this.resolveRecorded();
  }
}

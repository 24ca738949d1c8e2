import { FIELD, type CommandSet } from './command-set.js';
import type { OutgoingObject } from './dimse-service.js';
import type { AcceptedContext } from './negotiation.js';
import { NotSent, PeerGone, type Outlet } from './outlet.js';

/** How a C-STORE sub-operation ended (PS3.4 §C.4.2.1.6 to C.4.2.1.8). */
export type StoreOutcome = 'completed' | 'warning' | 'failed';

/** Of whose C-MOVE a C-STORE is part (PS3.7 §9.1.1.1.6, 9.1.1.1.7). */
export interface MoveOrigin {
  readonly aeTitle: string;
  readonly messageId: number;
}

const LAST_MESSAGE_ID = 0xffff;
const MEDIUM = 0;

/** Sends objects one after the other by C-STORE, in the encoding in which they lie. */
export class StoreChannel {
  private messageId = 0;
  private waiting: Response | undefined;
  private closed = false;

  constructor(
    private readonly outlet: Outlet,
    private readonly contexts: readonly AcceptedContext[],
    private readonly deadlineMs: number,
  ) {}

  /** Fails an object that the peer does not take as it is, or that cannot be read. Rejects with PeerGone. */
  async store(object: OutgoingObject, origin?: MoveOrigin): Promise<StoreOutcome> {
    const context = this.contexts.find(
      ({ abstractSyntax, transferSyntax, peerReceives }) =>
        peerReceives && abstractSyntax === object.sopClassUid && transferSyntax === object.transferSyntaxUid,
    );
    if (context === undefined) return 'failed';
    if (this.closed) throw new PeerGone('closed');
    this.messageId = (this.messageId % LAST_MESSAGE_ID) + 1;
    const command = {
      affectedSopClassUid: object.sopClassUid,
      commandField: FIELD.store,
      messageId: this.messageId,
      priority: MEDIUM,
      affectedSopInstanceUid: object.sopInstanceUid,
      ...(origin === undefined
        ? {}
        : { moveOriginatorAeTitle: origin.aeTitle, moveOriginatorMessageId: origin.messageId }),
    };
    // Looked out for from the beginning: a peer may refuse before it has read everything.
    const response = new Response(this.messageId);
    this.waiting = response;
    try {
      await this.outlet.stream(context.id, command, object.content());
      return outcomeOf(await response.within(this.deadlineMs));
    } catch (error) {
      if (error instanceof NotSent) return 'failed';
      throw error;
    } finally {
      this.waiting = undefined;
    }
  }

  /** A C-STORE response has come. False for one that nobody waits for. */
  take(response: CommandSet): boolean {
    const { waiting } = this;
    if (waiting === undefined || waiting.messageId !== response.need('messageIdRespondedTo')) return false;
    waiting.settle(response.need('status'));
    return true;
  }

  /** The association is over: nobody will answer any more. */
  close(): void {
    this.closed = true;
    this.waiting?.settle(undefined);
  }
}

/** The answer to one request; undefined is that none will come. */
class Response {
  private status: number | undefined;
  private settled = false;
  private wake: (() => void) | undefined;

  constructor(readonly messageId: number) {}

  settle(status: number | undefined): void {
    this.status ??= status;
    this.settled = true;
    this.wake?.();
  }

  async within(ms: number): Promise<number> {
    if (!this.settled)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    if (this.status === undefined) throw new PeerGone('does not answer');
    return this.status;
  }
}

/** PS3.7 annex C: Bxxx and two of their own are warnings. */
function outcomeOf(status: number): StoreOutcome {
  if (status === 0) return 'completed';
  return status >> 12 === 0xb || status === 0x0107 || status === 0x0116 ? 'warning' : 'failed';
}

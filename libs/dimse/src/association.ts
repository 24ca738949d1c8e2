import type { Socket } from 'node:net';
import { readAssociateRequest, type AssociateRequest } from './associate-request.js';
import { isVisit, type DimseService, type Peer, type Visit } from './dimse-service.js';
import { MessageReader } from './message-reader.js';
import { negotiate } from './negotiation.js';
import { Operations } from './operations.js';
import { Outlet, PeerGone } from './outlet.js';
import { PDU, PduSplitter, type Pdu } from './pdu-splitter.js';
import {
  abortPdu,
  acceptPdu,
  APPLICATION_CONTEXT,
  rejectPdu,
  REJECTION,
  releaseReplyPdu,
  type Rejection,
} from './pdu-writer.js';
import { ABORT_REASON, ProtocolError, type AbortReason } from './protocol-error.js';

export interface AssociationLimits {
  /** Longest P-DATA-TF body that we take (bytes). */
  readonly maximumPdu: number;
  /** Until the association request is there, and until the peer closes after the end (PS3.8 §9.1.5, ARTIM). */
  readonly artimMs: number;
  /** For each PDU of an association, from the first wait for it to its last byte. */
  readonly idleMs: number;
}

export const ASSOCIATION_LIMITS: AssociationLimits = {
  maximumPdu: 128 * 1024,
  artimMs: 10_000,
  idleMs: 60_000,
};

const SHORTEST_PDU = 1024;

/** How an association ended, for the log. */
export type Ending = 'released' | 'rejected' | 'aborted' | 'lost' | 'timed-out';

/**
 * One connection, from its first byte to its end (PS3.8 §9.2, the acceptor's side). Never throws: whatever the peer
 * sends, this ends with the connection closed and the visit told so.
 */
export class Association {
  private visit: Visit | undefined;
  private messages: MessageReader | undefined;
  private operations: Operations | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ending: Ending | undefined;
  private gone: Promise<void> | undefined;
  /** What the latest PDU brought about; nothing is let go while that uses it. */
  private working: Promise<void> = Promise.resolve();
  private readonly splitter: PduSplitter;

  constructor(
    private readonly socket: Socket,
    private readonly service: DimseService,
    private readonly peer: Peer,
    private readonly limits: AssociationLimits,
    /** Told what was thrown and is neither the peer's fault nor a refusal; the association is aborted then. */
    private readonly onBug: (error: unknown) => void,
  ) {
    this.splitter = new PduSplitter(limits.maximumPdu);
  }

  /** Serves the connection. Resolves when it is closed and everything that belonged to it is let go. */
  async run(): Promise<Ending> {
    // Each response is one small write that the peer waits for; Nagle's algorithm would hold it back for 40 ms.
    this.socket.setNoDelay(true);
    this.socket.on('error', () => undefined);
    this.wait(this.limits.artimMs);
    try {
      for await (const chunk of this.socket as AsyncIterable<Buffer>)
        // After the end whatever else comes is thrown away until the peer closes or the timer does: closing with
        // bytes unread would take the last word from the peer.
        if (!this.isOver()) await this.read(chunk);
    } catch (error) {
      if (!this.socket.destroyed) throw error;
    } finally {
      clearTimeout(this.timer);
      this.socket.destroy();
      await this.letGo();
    }
    return this.ending ?? 'lost';
  }

  /** Ends the association from our side. */
  abort(reason: AbortReason, ending: Ending = 'aborted'): void {
    this.finish(ending, abortPdu(reason));
  }

  private async read(chunk: Buffer): Promise<void> {
    try {
      for (const pdu of this.splitter.push(chunk)) {
        clearTimeout(this.timer);
        this.working = this.take(pdu);
        await this.working;
        if (this.isOver()) return;
        if (this.operations?.isBusy !== true) this.wait(this.limits.idleMs);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (error instanceof PeerGone) this.abort(ABORT_REASON.unspecified, 'timed-out');
    else this.abort(error instanceof ProtocolError ? error.reason : ABORT_REASON.unspecified);
    if (!(error instanceof ProtocolError || error instanceof PeerGone)) this.onBug(error);
  }

  private async take({ type, body }: Pdu): Promise<void> {
    if (type === PDU.abort) {
      this.finish('aborted');
      return;
    }
    if (this.visit === undefined) {
      if (type !== PDU.associateRequest) throw unexpected();
      await this.answer(readAssociateRequest(body));
    } else if (type === PDU.data) await this.messages?.take(body);
    else if (
      type === PDU.releaseRequest &&
      this.messages?.isIdle === true &&
      this.operations?.isBusy === false
    )
      this.finish('released', releaseReplyPdu());
    else throw unexpected();
  }

  private async answer(request: AssociateRequest): Promise<void> {
    // Bit 0 is the one version that there is.
    if ((request.protocolVersion & 1) === 0) {
      this.reject(REJECTION.protocolVersion);
      return;
    }
    if (request.applicationContext !== APPLICATION_CONTEXT) {
      this.reject(REJECTION.applicationContext);
      return;
    }
    if (request.maximumPdu !== 0 && request.maximumPdu < SHORTEST_PDU)
      throw new ProtocolError(ABORT_REASON.invalidParameter, 'a maximum length that is too small');
    const visit = await this.service.admit(request, this.peer);
    if (!isVisit(visit)) {
      this.reject(visit);
      return;
    }
    if (this.isOver()) {
      visit.end();
      return;
    }
    this.visit = visit;
    const { answers, roles, accepted } = negotiate(request, (proposal) => visit.agree(proposal));
    const { idleMs, maximumPdu } = this.limits;
    const outlet = new Outlet(this.socket, request.maximumPdu, idleMs);
    const operations = new Operations(outlet, visit, accepted, idleMs, (error) => this.operationOver(error));
    this.operations = operations;
    this.messages = new MessageReader((contextId, command) => operations.begin(contextId, command));
    this.socket.write(acceptPdu(request, answers, roles, maximumPdu));
  }

  private operationOver(error: unknown): void {
    if (this.isOver() || this.socket.destroyed) {
      // The end has been told; only what nobody expected is still of interest.
      if (error !== undefined && !(error instanceof PeerGone)) this.onBug(error);
    } else if (error === undefined) this.wait(this.limits.idleMs);
    else this.fail(error);
  }

  private reject(rejection: Rejection): void {
    this.finish('rejected', rejectPdu(rejection));
  }

  /** Says the last word and waits for the peer to close, for as long as ARTIM. */
  private finish(ending: Ending, lastWord?: Buffer): void {
    if (this.ending !== undefined) return;
    this.ending = ending;
    if (lastWord !== undefined && this.socket.writable) this.socket.end(lastWord);
    else this.socket.end();
    this.wait(this.limits.artimMs);
    void this.letGo();
  }

  private wait(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.ending === undefined && this.visit !== undefined)
        this.abort(ABORT_REASON.unspecified, 'timed-out');
      else {
        this.ending ??= 'timed-out';
        this.socket.destroy();
      }
    }, ms);
  }

  private letGo(): Promise<void> {
    const { visit, messages, operations } = this;
    this.visit = undefined;
    this.messages = undefined;
    this.operations = undefined;
    this.gone ??= this.working
      .catch(() => undefined)
      .then(() => Promise.all([messages?.abandon(), operations?.abandon()]))
      .then(() => undefined)
      .catch((error: unknown) => {
        this.onBug(error);
      })
      .finally(() => {
        visit?.end();
      });
    return this.gone;
  }

  private isOver(): boolean {
    return this.ending !== undefined;
  }
}

const unexpected = (): ProtocolError => new ProtocolError(ABORT_REASON.unexpectedPdu, 'a PDU out of turn');

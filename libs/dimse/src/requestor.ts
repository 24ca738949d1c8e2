import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { readAssociateAccept } from './associate-accept.js';
import { FIELD } from './command-set.js';
import type { AnnouncedObject, Destination, OutgoingObject } from './dimse-service.js';
import { MessageReader } from './message-reader.js';
import { Outlet, PeerGone } from './outlet.js';
import { PDU, PduSplitter, type Pdu } from './pdu-splitter.js';
import { abortPdu, releaseRequestPdu, requestPdu } from './pdu-writer.js';
import { certificateOf } from './peer.js';
import { ABORT_REASON, ProtocolError } from './protocol-error.js';
import { StoreChannel, type MoveOrigin, type StoreOutcome } from './store-channel.js';

// Ids are odd numbers of one byte.
const MOST_CONTEXTS = 128;
const MAXIMUM_PDU = 16 * 1024;
const CONNECT_MS = 10_000;
const RELEASE_MS = 5_000;

/** An association that we open to send objects (PS3.8 §9.2, the requestor's side). */
export class Requestor {
  private channel: StoreChannel | undefined;
  private readonly splitter = new PduSplitter(MAXIMUM_PDU);
  private readonly messages = new MessageReader((_context, command) => {
    if (
      command.need('commandField') !== (FIELD.store | FIELD.response) ||
      this.channel?.take(command) !== true
    )
      throw new ProtocolError(ABORT_REASON.unexpectedParameter, 'an answer to no question');
    return Promise.resolve({ write: settled, end: settled, abandon: settled });
  });
  private accepted: ((pdu: Pdu) => void) | undefined;
  private readonly closed: Promise<void>;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.closed.then(() => this.channel?.close());
    void this.read();
  }

  /**
   * Connects and agrees on the kinds of these objects, as they lie. Rejects with PeerGone when there is nobody, when
   * it is somebody else than was expected, or when the association is refused. `signal` ends it at any time.
   */
  static async open(
    destination: Destination,
    objects: readonly AnnouncedObject[],
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<Requestor> {
    const socket = await connected(destination, signal);
    const requestor = new Requestor(socket);
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    try {
      await requestor.associate(destination, objects, deadlineMs);
      return requestor;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  store(object: OutgoingObject, origin: MoveOrigin): Promise<StoreOutcome> {
    return this.channel?.store(object, origin) ?? Promise.reject(new PeerGone('closed'));
  }

  /** Releases the association and resolves when the connection is closed. */
  async close(): Promise<void> {
    if (this.socket.writable) this.socket.write(releaseRequestPdu());
    const timer = setTimeout(() => this.socket.destroy(), RELEASE_MS);
    await this.closed;
    clearTimeout(timer);
  }

  private async associate(
    destination: Destination,
    objects: readonly AnnouncedObject[],
    deadlineMs: number,
  ): Promise<void> {
    const contexts = contextsOf(objects);
    const answer = new Promise<Pdu>((resolve, reject) => {
      const timer = setTimeout(() => reject(new PeerGone('does not answer')), CONNECT_MS);
      this.accepted = (pdu) => {
        clearTimeout(timer);
        resolve(pdu);
      };
      void this.closed.then(() => {
        clearTimeout(timer);
        reject(new PeerGone('closed'));
      });
    });
    const titles = { calledAeTitle: destination.aeTitle, callingAeTitle: destination.callingAeTitle };
    this.socket.write(requestPdu(titles, contexts, [], MAXIMUM_PDU));
    const { type, body } = await answer;
    if (type !== PDU.associateAccept) throw new PeerGone('refuses');
    const { accepted, maximumPdu } = readAssociateAccept(body);
    this.channel = new StoreChannel(
      new Outlet(this.socket, maximumPdu, deadlineMs),
      contexts.flatMap(({ id, abstractSyntax }) => {
        const transferSyntax = accepted.get(id);
        return transferSyntax === undefined
          ? []
          : [{ id, abstractSyntax, transferSyntax, peerReceives: true }];
      }),
      deadlineMs,
    );
  }

  private async read(): Promise<void> {
    try {
      for await (const chunk of this.socket as AsyncIterable<Buffer>)
        for (const pdu of this.splitter.push(chunk)) await this.take(pdu);
    } catch {
      // Whatever it says that cannot be said ends the association; who waits for an answer is told.
      if (this.socket.writable) this.socket.write(abortPdu(ABORT_REASON.unspecified));
    } finally {
      this.socket.destroy();
    }
  }

  private async take(pdu: Pdu): Promise<void> {
    if (pdu.type === PDU.data && this.channel !== undefined) {
      await this.messages.take(pdu.body);
      return;
    }
    const { accepted } = this;
    this.accepted = undefined;
    if (accepted !== undefined) accepted({ type: pdu.type, body: Buffer.from(pdu.body) });
    else this.socket.end();
  }
}

const settled = () => Promise.resolve();

/** One context for each kind of object in each encoding, so that nothing has to be converted. */
function contextsOf(objects: readonly AnnouncedObject[]) {
  const kinds = new Map(
    objects.map(({ sopClassUid, transferSyntaxUid }) => [
      `${sopClassUid} ${transferSyntaxUid}`,
      { abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntaxUid] },
    ]),
  );
  return [...kinds.values()].slice(0, MOST_CONTEXTS).map((kind, index) => ({ id: index * 2 + 1, ...kind }));
}

async function connected({ host, port, tls }: Destination, signal: AbortSignal): Promise<Socket> {
  const socket =
    tls === undefined
      ? connectPlain({ host, port })
      : // Known by its very certificate, which says more than any authority.
        connectTls({ ...tls.options, host, port, rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    const end = (error?: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', fail);
      socket.off('error', fail);
      if (error === undefined) resolve();
      else {
        socket.destroy();
        reject(error);
      }
    };
    const fail = () => {
      socket.on('error', () => undefined);
      end(new PeerGone('cannot be reached'));
    };
    const timer = setTimeout(fail, CONNECT_MS);
    signal.addEventListener('abort', fail, { once: true });
    socket.once('error', fail);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (tls === undefined || certificateOf(socket as TLSSocket) === tls.fingerprint) end();
      else fail();
    });
    if (signal.aborted) fail();
  });
  return socket;
}

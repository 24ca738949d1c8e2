import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ProposedContext, RoleSelection } from '../src/associate-request.js';
import { FIELD, writeCommand, type CommandValues } from '../src/command-set.js';
import { PduSplitter, type Pdu } from '../src/pdu-splitter.js';
import { dataPdu, releaseRequestPdu, requestPdu } from '../src/pdu-writer.js';

export const CT = '1.2.840.10008.5.1.4.1.1.2';
export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
const DEADLINE_MS = 5_000;

export interface Proposal {
  readonly called?: string;
  readonly calling?: string;
  readonly contexts?: readonly ProposedContext[];
  readonly roles?: readonly RoleSelection[];
  readonly maximumPdu?: number;
}

export const associationRequest = ({
  called = 'VITRINE',
  calling = 'TEST',
  contexts = [{ id: 1, abstractSyntax: CT, transferSyntaxes: [EXPLICIT_LITTLE] }],
  roles = [],
  maximumPdu = 16_384,
}: Proposal = {}): Buffer =>
  requestPdu({ calledAeTitle: called, callingAeTitle: calling }, contexts, roles, maximumPdu);

/** The other side of a connection, which says what the test wants, right or wrong. */
export class RawPeer {
  private readonly pdus: Pdu[] = [];
  private waiting: (() => void) | undefined;
  readonly closed: Promise<unknown>;

  private constructor(readonly socket: Socket) {
    const splitter = new PduSplitter(1024 * 1024);
    socket.on('data', (chunk: Buffer) => {
      for (const { type, body } of splitter.push(chunk)) this.pdus.push({ type, body: Buffer.from(body) });
      this.waiting?.();
    });
    socket.on('error', () => undefined);
    this.closed = once(socket, 'close');
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new RawPeer(socket);
  }

  static async associate(port: number, proposal: Proposal = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    peer.send(associationRequest(proposal));
    const { type } = await peer.next();
    if (type !== 2) throw new Error(`not accepted, but ${type}`);
    return peer;
  }

  send(...bytes: Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The next PDU that comes. */
  async next(): Promise<Pdu> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const pdu = this.pdus.shift();
      if (pdu !== undefined) return pdu;
      if (Date.now() > deadline) throw new Error('no PDU came');
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
        setTimeout(resolve, 50);
      });
    }
  }

  /** Sends one object as a C-STORE request with these fragments, without waiting for the answer. */
  store(uid: string, fragments: readonly Buffer[], more: CommandValues = {}): void {
    const command = writeCommand({ ...storeCommand(uid), ...more }, { withDataSet: true });
    this.send(
      dataPdu(1, command, { command: true, last: true }),
      ...fragments.map((bytes, n) => dataPdu(1, bytes, { command: false, last: n === fragments.length - 1 })),
    );
  }

  /** The status of the next response. */
  async status(): Promise<number> {
    const { type, body } = await this.next();
    if (type !== 4) throw new Error(`no response, but ${type} ${body.toString('hex')}`);
    // (0000,0900) with its two bytes.
    const at = body.indexOf(Buffer.from([0, 0, 0, 9, 2, 0, 0, 0]));
    return body.readUInt16LE(at + 8);
  }

  release(): void {
    this.send(releaseRequestPdu());
  }
}

export const storeCommand = (uid: string): CommandValues => ({
  affectedSopClassUid: CT,
  commandField: FIELD.store,
  messageId: 1,
  priority: 0,
  affectedSopInstanceUid: uid,
});

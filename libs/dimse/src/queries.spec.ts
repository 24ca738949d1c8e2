import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryService } from '../testing/memory-service.js';
import { CT, EXPLICIT_LITTLE, RawPeer, type Proposal } from '../testing/raw-peer.js';
import { ReadingService } from '../testing/reading-service.js';
import type { Ending } from './association.js';
import { CommandSet, FIELD, writeCommand, type CommandValues } from './command-set.js';
import { STATUS, type OutgoingObject } from './dimse-service.js';
import { DimseServer } from './dimse-server.js';
import { PDU } from './pdu-splitter.js';
import { dataPdu } from './pdu-writer.js';

const FIND = '1.2.840.10008.5.1.4.1.2.2.1';
const MOVE = '1.2.840.10008.5.1.4.1.2.2.2';
const GET = '1.2.840.10008.5.1.4.1.2.2.3';
const MR = '1.2.840.10008.5.1.4.1.1.4';
const IDENTIFIER = Buffer.from('what is wanted');
const IDLE_MS = 1_000;

const context = (id: number, abstractSyntax: string) => ({
  id,
  abstractSyntax,
  transferSyntaxes: [EXPLICIT_LITTLE],
});
const PROPOSAL: Proposal = {
  contexts: [context(1, FIND), context(3, GET), context(5, MOVE), context(7, CT)],
  roles: [{ sopClassUid: CT, scu: false, scp: true }],
};

interface Message {
  readonly command: CommandSet;
  readonly status: number | undefined;
  readonly dataSet: Buffer;
}

/** Reads one message: a command, and the data set where one follows. */
async function message(peer: RawPeer): Promise<Message> {
  const fragments = async () => {
    const parts: Buffer[] = [];
    for (;;) {
      const { type, body } = await peer.next();
      if (type !== PDU.data) throw new Error(`no message, but ${type} ${body.toString('hex')}`);
      parts.push(body.subarray(6));
      if ((body[5]! & 2) !== 0) return Buffer.concat(parts);
    }
  };
  const command = new CommandSet(await fragments());
  const dataSet = command.hasDataSet ? await fragments() : Buffer.alloc(0);
  return { command, status: command.number('status'), dataSet };
}

const ask = (peer: RawPeer, id: number, sopClass: string, field: number, more: CommandValues = {}) =>
  peer.send(
    dataPdu(
      id,
      writeCommand(
        { affectedSopClassUid: sopClass, commandField: field, messageId: 9, priority: 0, ...more },
        { withDataSet: true },
      ),
      { command: true, last: true },
    ),
    dataPdu(id, IDENTIFIER, { command: false, last: true }),
  );
const cancel = (peer: RawPeer, id: number) =>
  peer.send(
    dataPdu(id, writeCommand({ commandField: FIELD.cancel, messageIdRespondedTo: 9 }), {
      command: true,
      last: true,
    }),
  );
const answerStore = (peer: RawPeer, { command }: Message, status: number) =>
  peer.send(
    dataPdu(
      7,
      writeCommand({
        affectedSopClassUid: CT,
        commandField: FIELD.store | FIELD.response,
        messageIdRespondedTo: command.need('messageId'),
        status,
      }),
      { command: true, last: true },
    ),
  );
const counts = ({ command }: Message) =>
  (['remaining', 'completed', 'failed', 'warnings'] as const).map((field) => command.number(field));

describe('a query', () => {
  let service: ReadingService;
  let server: DimseServer;
  let port: number;
  let endings: Ending[];
  let bugs: unknown[];
  const peers: RawPeer[] = [];

  beforeEach(async () => {
    service = new ReadingService();
    endings = [];
    bugs = [];
    server = new DimseServer(service, {
      limits: { artimMs: 2_000, idleMs: IDLE_MS },
      onEnd: (ending) => endings.push(ending),
      onBug: (error) => bugs.push(error),
    });
    port = await server.listen(0, '127.0.0.1');
  });
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.socket.destroy();
    await server.close();
    expect(service.visits).toBe(0);
  });

  const associate = async () => {
    const peer = await RawPeer.associate(port, PROPOSAL);
    peers.push(peer);
    return peer;
  };
  const object = (uid: string, bytes: Buffer, more: Partial<OutgoingObject> = {}): OutgoingObject => ({
    sopClassUid: CT,
    sopInstanceUid: uid,
    transferSyntaxUid: EXPLICIT_LITTLE,
    content: async function* () {
      yield await Promise.resolve(bytes);
    },
    ...more,
  });
  const unreadable = (uid: string) =>
    object(uid, Buffer.alloc(0), {
      // eslint-disable-next-line require-yield
      content: async function* (): AsyncGenerator<Uint8Array> {
        await Promise.resolve();
        throw new Error('damaged');
      },
    });

  describe('by C-FIND', () => {
    it('is answered match by match, and tells where a key was not looked at', async () => {
      service.matches.push({ identifier: Buffer.from('one1'), allKeys: true });
      service.matches.push({ identifier: Buffer.from('two2'), allKeys: false });
      const peer = await associate();
      ask(peer, 1, FIND, FIELD.find);
      const answers = [await message(peer), await message(peer), await message(peer)];
      expect(answers.map(({ status, dataSet }) => [status, dataSet.toString()])).toEqual([
        [STATUS.pending, 'one1'],
        [STATUS.pendingWithoutKeys, 'two2'],
        [STATUS.success, ''],
      ]);
      expect(service.queries).toEqual([
        { sopClassUid: FIND, transferSyntaxUid: EXPLICIT_LITTLE, identifier: IDENTIFIER },
      ]);
      peer.release();
      expect((await peer.next()).type).toBe(PDU.releaseReply);
    });

    it('ends when it is cancelled, and the next is answered', async () => {
      for (let n = 0; n < 50_000; n++) service.matches.push({ identifier: IDENTIFIER, allKeys: true });
      const peer = await associate();
      ask(peer, 1, FIND, FIELD.find);
      expect((await message(peer)).status).toBe(STATUS.pending);
      cancel(peer, 1);
      let seen = 1;
      let last = await message(peer);
      for (; last.status === STATUS.pending; seen++) last = await message(peer);
      expect(last.status).toBe(STATUS.cancelled);
      expect(seen).toBeLessThan(50_000);
      service.matches.length = 0;
      ask(peer, 1, FIND, FIELD.find);
      expect((await message(peer)).status).toBe(STATUS.success);
    });

    it('is given up when the peer does not read', async () => {
      const identifier = Buffer.alloc(64 * 1024);
      for (let n = 0; n < 1_000; n++) service.matches.push({ identifier, allKeys: true });
      const peer = await associate();
      peer.socket.pause();
      ask(peer, 1, FIND, FIELD.find);
      for (let n = 0; n < 500 && endings.length === 0; n++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect([endings, bugs]).toEqual([['timed-out'], []]);
      peer.socket.destroy();
    });

    it.each([
      ['in the context of another operation', 3, FIND, STATUS.sopClassNotSupported],
      ['of another class than the context', 1, GET, STATUS.identifierMismatch],
    ])('is refused %s', async (_, id, sopClass, status) => {
      const peer = await associate();
      ask(peer, id, sopClass, FIELD.find);
      expect((await message(peer)).status).toBe(status);
    });

    it('is refused to a visit that may not read, also where its context is not offered', async () => {
      const closed = new DimseServer(new MemoryService());
      const peer = await RawPeer.associate(await closed.listen(0, '127.0.0.1'), PROPOSAL);
      ask(peer, 1, FIND, FIELD.find);
      expect((await peer.next()).type).toBe(PDU.abort);
      peer.socket.destroy();
      await closed.close();
    });

    it('aborts when another begins before it is answered', async () => {
      for (let n = 0; n < 100_000; n++) service.matches.push({ identifier: IDENTIFIER, allKeys: true });
      const peer = await associate();
      ask(peer, 1, FIND, FIELD.find);
      ask(peer, 1, FIND, FIELD.find);
      let type: number;
      do ({ type } = await peer.next());
      while (type === PDU.data);
      expect(type).toBe(PDU.abort);
      peer.socket.destroy();
    });
  });

  describe('by C-GET', () => {
    it('brings the objects in pieces that the peer takes, with counts between them', async () => {
      const bytes = Buffer.alloc(100_001, 7);
      service.objects.push(object('1.2.1', bytes), object('1.2.2', Buffer.from('even')));
      const peer = await associate();
      ask(peer, 3, GET, FIELD.get);
      const first = await message(peer);
      expect(first.command.text('affectedSopInstanceUid')).toBe('1.2.1');
      // What is odd is padded.
      expect(first.dataSet.equals(Buffer.concat([bytes, Buffer.alloc(1)]))).toBe(true);
      answerStore(peer, first, 0);
      const between = await message(peer);
      expect([between.status, ...counts(between)]).toEqual([STATUS.pending, 1, 1, 0, 0]);
      answerStore(peer, await message(peer), 0xb007);
      const last = await message(peer);
      expect([last.status, ...counts(last)]).toEqual([STATUS.subOperationsFailed, undefined, 1, 0, 1]);
    });

    it('fails alone what is not taken or cannot be read, and names it', async () => {
      service.objects.push(
        object('1.2.1', IDENTIFIER, { sopClassUid: MR }),
        unreadable('1.2.2'),
        object('1.2.3', IDENTIFIER, { transferSyntaxUid: '1.2.840.10008.1.2.4.90' }),
        object('1.2.4', IDENTIFIER),
        object('1.2.5', IDENTIFIER),
      );
      const peer = await associate();
      ask(peer, 3, GET, FIELD.get);
      const statuses = [STATUS.outOfResources, STATUS.success];
      let last = await message(peer);
      while (last.status === undefined || last.status === STATUS.pending) {
        if (last.status === undefined) answerStore(peer, last, statuses.shift()!);
        last = await message(peer);
      }
      expect([last.status, ...counts(last)]).toEqual([STATUS.subOperationsFailed, undefined, 1, 4, 0]);
      expect(last.dataSet.toString('latin1')).toContain('1.2.1\\1.2.2\\1.2.3\\1.2.4');
      expect([endings, bugs]).toEqual([[], []]);
    });

    it('stops when it is cancelled and tells what is left', async () => {
      for (const n of [1, 2, 3]) service.objects.push(object(`1.2.${n}`, IDENTIFIER));
      const peer = await associate();
      ask(peer, 3, GET, FIELD.get);
      const first = await message(peer);
      cancel(peer, 3);
      answerStore(peer, first, 0);
      expect((await message(peer)).status).toBe(STATUS.pending);
      const last = await message(peer);
      expect([last.status, ...counts(last)]).toEqual([STATUS.cancelled, 2, 1, 0, 0]);
    });

    it('is given up when the peer does not answer an object', async () => {
      service.objects.push(object('1.2.1', IDENTIFIER));
      const peer = await associate();
      ask(peer, 3, GET, FIELD.get);
      await message(peer);
      expect((await peer.next()).type).toBe(PDU.abort);
      peer.socket.end();
      await peer.closed;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect([endings, bugs]).toEqual([['timed-out'], []]);
    });

    it('ends with an object half sent when that breaks', async () => {
      const content = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(Buffer.alloc(100_000));
        throw new Error('damaged');
      };
      service.objects.push(object('1.2.1', IDENTIFIER, { content }));
      const peer = await associate();
      ask(peer, 3, GET, FIELD.get);
      let type: number;
      do ({ type } = await peer.next());
      while (type === PDU.data);
      expect([type, bugs]).toEqual([PDU.abort, [new Error('damaged')]]);
      peer.socket.destroy();
    });
  });

  describe('by C-MOVE', () => {
    let there: MemoryService;
    let receiver: DimseServer;
    let silent: Server;

    beforeEach(async () => {
      there = new MemoryService();
      receiver = new DimseServer(there);
      silent = createServer((socket) => socket.resume().on('error', () => undefined));
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const known = { aeTitle: 'THERE', host: '127.0.0.1', callingAeTitle: 'VITRINE' };
      service.destinations.set('THERE', { ...known, port: await receiver.listen(0, '127.0.0.1') });
      const { port: deaf } = silent.address() as AddressInfo;
      service.destinations.set('SILENT', { ...known, aeTitle: 'SILENT', port: deaf });
      service.objects.push(object('1.2.1', IDENTIFIER), object('1.2.2', Buffer.alloc(100_000, 1)));
    });
    afterEach(async () => {
      await receiver.close();
      silent.close();
    });
    const move = (peer: RawPeer, moveDestination: string) =>
      ask(peer, 5, MOVE, FIELD.move, { moveDestination });

    it('sends the objects to the destination and tells how it goes', async () => {
      const peer = await associate();
      move(peer, 'THERE');
      const [between, last] = [await message(peer), await message(peer)];
      expect([between.status, ...counts(between)]).toEqual([STATUS.pending, 1, 1, 0, 0]);
      expect([last.status, ...counts(last)]).toEqual([STATUS.success, undefined, 2, 0, 0]);
      expect(there.requests).toMatchObject([{ calledAeTitle: 'THERE', callingAeTitle: 'VITRINE' }]);
      expect(there.objects.map(({ sopInstanceUid, bytes }) => [sopInstanceUid, bytes.length])).toEqual([
        ['1.2.1', IDENTIFIER.length],
        ['1.2.2', 100_000],
      ]);
    });

    it('knows no other destinations', async () => {
      const peer = await associate();
      move(peer, '127.0.0.1:104');
      expect((await message(peer)).status).toBe(STATUS.moveDestinationUnknown);
    });

    it('fails the rest when the destination goes away', async () => {
      there.onStore = () => {
        // Not waited for: it ends with what is under way, which is this.
        if (there.objects.length === 1) void receiver.close();
        return Promise.resolve();
      };
      const peer = await associate();
      move(peer, 'THERE');
      expect((await message(peer)).status).toBe(STATUS.pending);
      const last = await message(peer);
      expect([last.status, ...counts(last)]).toEqual([STATUS.subOperationsFailed, undefined, 1, 1, 0]);
      expect(last.dataSet.toString('latin1')).toContain('1.2.2');
    });

    it('is refused when the destination refuses', async () => {
      there.refusal = { result: 1, source: 1, reason: 3 };
      const peer = await associate();
      move(peer, 'THERE');
      expect((await message(peer)).status).toBe(STATUS.subOperationsRefused);
    });

    it('ends with who asked for it, whatever the destination does', async () => {
      const peer = await associate();
      move(peer, 'SILENT');
      await new Promise((resolve) => setTimeout(resolve, 50));
      peer.socket.destroy();
      for (let n = 0; n < 100 && endings.length === 0; n++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      expect([endings, bugs]).toEqual([['lost'], []]);
    });
  });
});

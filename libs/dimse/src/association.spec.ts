import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryService } from '../testing/memory-service.js';
import { associationRequest, CT, EXPLICIT_LITTLE, RawPeer, storeCommand } from '../testing/raw-peer.js';
import type { Ending } from './association.js';
import { FIELD, writeCommand } from './command-set.js';
import { STATUS, StatusError } from './dimse-service.js';
import { DimseServer } from './dimse-server.js';
import { PDU } from './pdu-splitter.js';
import { dataPdu, REJECTION } from './pdu-writer.js';
import { VERIFICATION } from './sop-classes.js';

const whole = { command: true, last: true };
const ECHO = { affectedSopClassUid: VERIFICATION, commandField: FIELD.echo, messageId: 7 };
const MAXIMUM_PDU = 4096;

describe('an association', () => {
  let service: MemoryService;
  let server: DimseServer;
  let port: number;
  let endings: Ending[];
  let bugs: unknown[];

  beforeEach(async () => {
    service = new MemoryService();
    endings = [];
    bugs = [];
    server = new DimseServer(service, {
      limits: { artimMs: 300, idleMs: 600, maximumPdu: MAXIMUM_PDU },
      connectionsPerAddress: 3,
      onEnd: (ending) => endings.push(ending),
      onBug: (error) => bugs.push(error),
    });
    port = await server.listen(0, '127.0.0.1');
  });
  afterEach(async () => {
    await server.close();
    expect(service.visits).toBe(0);
  });

  const ended = async (peer: RawPeer, ending: Ending) => {
    await peer.closed;
    for (let n = 0; n < 100 && endings.length === 0; n++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(endings).toEqual([ending]);
    expect(bugs).toEqual([]);
  };
  const aborted = async (peer: RawPeer, reason: number) => {
    const { type, body } = await peer.next();
    expect([type, ...body]).toEqual([PDU.abort, 0, 0, 2, reason]);
    peer.socket.end();
    await ended(peer, 'aborted');
  };

  it('takes objects in any fragments, answers each and is released', async () => {
    const peer = await RawPeer.associate(port);
    const bytes = randomBytes(20_000);
    peer.store(
      '1.2.3',
      Array.from({ length: 10 }, (_, n) => bytes.subarray(n * 2000, (n + 1) * 2000)),
    );
    expect(await peer.status()).toBe(STATUS.success);
    peer.store('1.2.4', [Buffer.alloc(0), bytes.subarray(0, 1), Buffer.alloc(0)]);
    expect(await peer.status()).toBe(STATUS.success);
    peer.release();
    expect((await peer.next()).type).toBe(PDU.releaseReply);
    await ended(peer, 'released');
    const announced = { sopClassUid: CT, transferSyntaxUid: EXPLICIT_LITTLE };
    expect(service.objects).toEqual([
      { ...announced, sopInstanceUid: '1.2.3', bytes },
      { ...announced, sopInstanceUid: '1.2.4', bytes: bytes.subarray(0, 1) },
    ]);
  });

  it('understands what comes one byte at a time, and a command in pieces', async () => {
    const peer = await RawPeer.connect(port);
    const command = writeCommand(storeCommand('1.2.3'), { withDataSet: true });
    const bytes = Buffer.concat([
      associationRequest(),
      dataPdu(1, command.subarray(0, 11), { command: true, last: false }),
      dataPdu(1, command.subarray(11), whole),
      dataPdu(1, Buffer.from('data'), { command: false, last: true }),
    ]);
    for (const byte of bytes) peer.send(Buffer.from([byte]));
    expect((await peer.next()).type).toBe(PDU.associateAccept);
    expect(await peer.status()).toBe(STATUS.success);
    expect(service.objects[0]?.bytes.toString()).toBe('data');
  });

  it('understands several fragments in one PDU', async () => {
    const peer = await RawPeer.associate(port);
    const parts = [
      dataPdu(1, writeCommand(storeCommand('1.2.3'), { withDataSet: true }), whole),
      dataPdu(1, Buffer.from('da'), { command: false, last: false }),
      dataPdu(1, Buffer.from('ta'), { command: false, last: true }),
    ].map((pdu) => pdu.subarray(6));
    const head = Buffer.from([PDU.data, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(
      parts.reduce((sum, { length }) => sum + length, 0),
      2,
    );
    peer.send(head, ...parts);
    expect(await peer.status()).toBe(STATUS.success);
    expect(service.objects[0]?.bytes.toString()).toBe('data');
  });

  it('answers C-ECHO, and an operation that it does not know with 0211H', async () => {
    const contexts = [{ id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: ['1.2.840.10008.1.2'] }];
    const peer = await RawPeer.associate(port, { contexts });
    peer.send(dataPdu(1, writeCommand(ECHO), whole));
    expect(await peer.status()).toBe(STATUS.success);
    peer.send(dataPdu(1, writeCommand({ ...ECHO, commandField: 0x0150 }), whole));
    expect(await peer.status()).toBe(STATUS.unrecognizedOperation);
  });

  it('sends at once, and each answer in one write: otherwise the other side waits for 40 ms each time', async () => {
    const noDelay = jest.spyOn(Socket.prototype, 'setNoDelay');
    const write = jest.spyOn(Socket.prototype, 'write');
    try {
      const peer = await RawPeer.associate(port);
      const ours = ({
        mock,
      }: {
        readonly mock: { readonly contexts: unknown[]; readonly calls: unknown[] };
      }) => mock.calls.filter((_, index) => mock.contexts[index] !== peer.socket);
      expect(ours(noDelay)).toEqual([[true]]);
      const before = ours(write).length;
      for (const uid of ['1.2.3', '1.2.4']) {
        peer.store(uid, [Buffer.from('data')]);
        expect(await peer.status()).toBe(STATUS.success);
      }
      expect(ours(write)).toHaveLength(before + 2);
    } finally {
      noDelay.mockRestore();
      write.mockRestore();
    }
  });

  it('says which contexts it takes and leaves the encoding as the peer has it', async () => {
    const peer = await RawPeer.connect(port);
    const jpeg = '1.2.840.10008.1.2.4.70';
    peer.send(
      associationRequest({
        contexts: [
          { id: 1, abstractSyntax: CT, transferSyntaxes: [jpeg, EXPLICIT_LITTLE] },
          { id: 3, abstractSyntax: '1.2.840.10008.5.1.4.31', transferSyntaxes: [EXPLICIT_LITTLE] },
          { id: 5, abstractSyntax: '1.3.46.670589.5.0.2', transferSyntaxes: [EXPLICIT_LITTLE] },
          { id: 7, abstractSyntax: CT, transferSyntaxes: [] },
        ],
      }),
    );
    const { body } = await peer.next();
    const answers: Record<number, [number, string]> = {};
    for (let at = 68; at < body.length; at += 4 + body.readUInt16BE(at + 2))
      if (body[at] === 0x21)
        answers[body[at + 4]!] = [
          body[at + 6]!,
          body.toString('latin1', at + 12, at + 4 + body.readUInt16BE(at + 2)),
        ];
    expect(answers).toEqual({
      1: [0, jpeg],
      3: [3, EXPLICIT_LITTLE],
      5: [0, EXPLICIT_LITTLE],
      7: [4, '1.2.840.10008.1.2'],
    });
  });

  it.each(Object.entries(REJECTION))('refuses with %s as the standard has it', async (_, rejection) => {
    service.refusal = rejection;
    const peer = await RawPeer.connect(port);
    peer.send(associationRequest());
    const { type, body } = await peer.next();
    expect([type, ...body]).toEqual([
      PDU.associateReject,
      0,
      rejection.result,
      rejection.source,
      rejection.reason,
    ]);
    peer.socket.end();
    await ended(peer, 'rejected');
  });

  it('reads on to the end of an object that it refused, says why, and takes the next', async () => {
    const peer = await RawPeer.associate(port);
    service.onStore = () => Promise.reject(new StatusError(STATUS.outOfResources, 'full'));
    peer.store('1.2.3', [Buffer.alloc(500), Buffer.alloc(500)]);
    expect(await peer.status()).toBe(STATUS.outOfResources);
    service.onStore = () => Promise.resolve();
    let writes = 0;
    service.onWrite = () =>
      ++writes === 2 ? Promise.reject(new StatusError(STATUS.outOfResources, 'full')) : Promise.resolve();
    peer.store('1.2.4', [Buffer.alloc(500), Buffer.alloc(500), Buffer.alloc(500)]);
    expect(await peer.status()).toBe(STATUS.outOfResources);
    expect(service.discarded).toBe(1);
    peer.store('1.2.5', [Buffer.from('fine')]);
    expect(await peer.status()).toBe(STATUS.success);
    expect(service.objects.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1.2.5']);
  });

  it('refuses an object of another class than was agreed on with A900H', async () => {
    const peer = await RawPeer.associate(port);
    peer.store('1.2.3', [Buffer.alloc(10)], { affectedSopClassUid: '1.2.840.10008.5.1.4.1.1.4' });
    expect(await peer.status()).toBe(STATUS.identifierMismatch);
  });

  it('answers only after the object is safe, however long that takes', async () => {
    let safe = false;
    service.onFinish = async () => {
      await new Promise((resolve) => setTimeout(resolve, 900));
      safe = true;
    };
    const peer = await RawPeer.associate(port);
    peer.store('1.2.3', [Buffer.alloc(10)]);
    expect(await peer.status()).toBe(STATUS.success);
    expect(safe).toBe(true);
  });

  it('forgets half an object when the peer goes away', async () => {
    const peer = await RawPeer.associate(port);
    peer.send(
      dataPdu(1, writeCommand(storeCommand('1.2.3'), { withDataSet: true }), whole),
      dataPdu(1, Buffer.alloc(100), { command: false, last: false }),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    peer.socket.destroy();
    await ended(peer, 'lost');
    expect(service).toMatchObject({ objects: [], discarded: 1 });
  });

  it('aborts what is silent, and closes what never asks', async () => {
    const silent = await RawPeer.connect(port);
    await ended(silent, 'timed-out');
    endings = [];
    const idle = await RawPeer.associate(port);
    expect((await idle.next()).type).toBe(PDU.abort);
    await ended(idle, 'timed-out');
  });

  it('is not kept open by a peer that drips bytes', async () => {
    const peer = await RawPeer.associate(port);
    const drip = setInterval(() => peer.send(Buffer.from([PDU.data])), 100);
    peer.send(Buffer.from([PDU.data, 0, 0, 0, 15, 0]));
    const begun = Date.now();
    await peer.closed;
    clearInterval(drip);
    expect(Date.now() - begun).toBeLessThan(2_000);
    await ended(peer, 'timed-out');
  });

  it('closes connections of one address beyond its number', async () => {
    const peers = await Promise.all([1, 2, 3].map(() => RawPeer.associate(port)));
    const fourth = await RawPeer.connect(port);
    await fourth.closed;
    peers[0]!.release();
    await peers[0]!.next();
    peers[0]!.socket.end();
    await peers[0]!.closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await RawPeer.associate(port);
  });

  describe('aborts', () => {
    it.each<[string, Buffer, number]>([
      ['a PDU of no type', Buffer.from([0x55, 0, 0, 0, 0, 4, 1, 2, 3, 4]), 1],
      ['a request in a language of the web', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 1],
      ['data before the request', dataPdu(1, Buffer.alloc(4), whole), 2],
      ['a length of four gigabytes', Buffer.from([1, 0, 0xff, 0xff, 0xff, 0xff]), 6],
      ['a request that is too short', Buffer.from([1, 0, 0, 0, 0, 4, 0, 1, 0, 0]), 6],
    ])('%s', async (_, bytes, reason) => {
      const peer = await RawPeer.connect(port);
      peer.send(bytes);
      await aborted(peer, reason);
    });

    const command = (more = {}) => writeCommand({ ...storeCommand('1.2.3'), ...more }, { withDataSet: true });
    it.each<[string, Buffer, number]>([
      ['a PDU longer than was agreed', Buffer.from([4, 0, 0, 0, 0x10, 1]), 6],
      ['a second request', associationRequest(), 2],
      ['an acceptance', Buffer.from([2, 0, 0, 0, 0, 4, 0, 0, 0, 0]), 2],
      ['a fragment longer than its PDU', Buffer.from([4, 0, 0, 0, 0, 6, 0, 0, 1, 0, 1, 3]), 6],
      ['a fragment without room for its header', Buffer.from([4, 0, 0, 0, 0, 6, 0, 0, 0, 1, 1, 3]), 6],
      ['a context that was not agreed on', dataPdu(9, command(), whole), 6],
      ['a data set without a command', dataPdu(1, Buffer.alloc(4), { command: false, last: true }), 5],
      [
        'a command within a data set',
        Buffer.concat([dataPdu(1, command(), whole), dataPdu(1, command(), whole)]),
        5,
      ],
      ['a command that is garbage', dataPdu(1, randomBytes(40), whole), 6],
      ['a command without its field', dataPdu(1, writeCommand({ messageId: 1 }), whole), 6],
      ['an answer to no question', dataPdu(1, command({ commandField: 0x8001 }), whole), 5],
      [
        'a command without end',
        Buffer.concat(
          Array.from({ length: 6 }, () => dataPdu(1, Buffer.alloc(4000), { command: true, last: false })),
        ),
        5,
      ],
    ])('%s', async (_, bytes, reason) => {
      const peer = await RawPeer.associate(port);
      peer.send(bytes);
      await aborted(peer, reason);
      expect(service.objects).toEqual([]);
    });

    it('whatever damaged traffic comes, and serves the next peer', async () => {
      const good = Buffer.concat([
        associationRequest(),
        dataPdu(1, command(), whole),
        dataPdu(1, Buffer.alloc(200), { command: false, last: true }),
      ]);
      for (let round = 0; round < 150; round++) {
        const bad = Buffer.from(good);
        for (let n = 0; n <= round % 4; n++)
          bad[Math.floor(Math.random() * bad.length)] = Math.random() * 256;
        const peer = await RawPeer.connect(port);
        peer.socket.end(bad.subarray(0, 1 + Math.floor(Math.random() * bad.length)));
        await peer.closed;
      }
      expect(bugs).toEqual([]);
      const peer = await RawPeer.associate(port);
      peer.store('1.2.3', [Buffer.from('fine')]);
      expect(await peer.status()).toBe(STATUS.success);
    });
  });

  it('is aborted with everybody else’s when the server ends', async () => {
    const peer = await RawPeer.associate(port);
    peer.send(dataPdu(1, writeCommand(storeCommand('1.2.3'), { withDataSet: true }), whole));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close();
    await peer.closed;
    expect(service).toMatchObject({ objects: [], discarded: 1 });
  });
});

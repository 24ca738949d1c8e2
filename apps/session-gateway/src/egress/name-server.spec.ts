import { createServer, type AddressInfo, type Server } from 'node:net';
import { createSocket, type Socket } from 'node:dgram';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CheckedDialler, lookUp, NotDialled } from './dialler.js';

const HEAD = 12;
const A = 1;
const AAAA = 28;

/** Answers a question of DNS (RFC 1035, section 4) with these addresses, or with none of the kind that was asked for. */
function answer(question: Buffer, addresses: readonly string[]): Buffer {
  const nameEnd = question.indexOf(0, HEAD) + 1;
  const type = question.readUInt16BE(nameEnd);
  const records = addresses
    .filter((address) => (address.includes(':') ? AAAA : A) === type)
    .map((address) => {
      const data = bytesOf(address);
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc000 + HEAD, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
  const head = Buffer.from(question.subarray(0, HEAD));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, question.subarray(HEAD, nameEnd + 4), ...records]);
}

function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined)
    return Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), bytesOf(mapped)]);
  const [left = '', right = ''] = address.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':'));
  const [before, after] = [words(left), words(right)];
  const all = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Buffer.from(all.map((word) => word.padStart(4, '0')).join(''), 'hex');
}

describe('a name server that lies', () => {
  let dns: Socket;
  let server: Server;
  let port: number;
  let connections = 0;
  let asked = 0;
  let told: (turn: number) => readonly string[] = () => [];

  beforeAll(async () => {
    dns = createSocket('udp4');
    dns.on('message', (question, from) => {
      const type = question.readUInt16BE(question.indexOf(0, HEAD) + 1);
      dns.send(answer(question, told(type === A ? asked++ : asked)), from.port, from.address);
    });
    await new Promise<void>((resolve) => dns.bind(0, '127.0.0.1', resolve));
    server = createServer((socket) => {
      connections++;
      socket.on('error', () => undefined).end('hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(async () => {
    await new Promise<void>((resolve) => dns.close(resolve));
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    asked = connections = 0;
  });

  const lookup = (host: string, signal: AbortSignal) =>
    lookUp(host, signal, [`127.0.0.1:${dns.address().port}`]);
  const status = (dialler: CheckedDialler) =>
    dialler.dial({ host: 'tools.example.org', port }, AbortSignal.timeout(10_000)).then(
      (socket) => {
        socket.destroy();
        return 200;
      },
      (error: unknown) => (error instanceof NotDialled ? error.status : error),
    );

  it.each([
    ['this machine', ['127.0.0.1']],
    ['this machine, by IPv6', ['::1']],
    ['this machine, as IPv4 in IPv6', ['::ffff:127.0.0.1']],
    ['no machine, which is this one', ['0.0.0.0']],
    ['a neighbour', ['192.168.1.1']],
    ['a data centre’s network', ['10.0.0.5']],
    ['a network between providers', ['100.64.0.1']],
    ['what a cloud tells its machines', ['169.254.169.254']],
    ['a neighbour, by IPv6', ['fe80::1']],
    ['a private network, by IPv6', ['fd00::1']],
    ['everybody who listens', ['224.0.0.1']],
    ['a public computer, and this machine', ['9.9.9.9', '127.0.0.1']],
    ['a public computer, and a neighbour by IPv6', ['9.9.9.9', 'fe80::1']],
  ])('does not lead the proxy to %s', async (_, addresses) => {
    told = () => addresses;
    expect(await status(new CheckedDialler(lookup))).toBe(403);
    expect(connections).toBe(0);
  });

  it('gains nothing by another answer after the first', async () => {
    const addresses = ['127.0.0.1', '127.0.0.2'];
    told = (turn) => addresses.slice(turn, turn + 1);
    const seen: string[] = [];
    const dialler = new CheckedDialler(lookup, (address) => seen.push(address) > 0);
    const socket = await dialler.dial({ host: 'tools.example.org', port }, AbortSignal.timeout(10_000));
    expect([asked, seen, socket.remoteAddress]).toEqual([1, ['127.0.0.1'], '127.0.0.1']);
    socket.destroy();
  });

  it('that has nothing to say is nobody there, and what it says is where one is connected', async () => {
    told = () => [];
    expect(await status(new CheckedDialler(lookup))).toBe(502);
    told = () => ['127.0.0.1'];
    expect(await status(new CheckedDialler(lookup, (address) => address === '127.0.0.1'))).toBe(200);
    expect(connections).toBe(1);
  });
});

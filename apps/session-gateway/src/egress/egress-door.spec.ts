import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CheckedDialler } from './dialler.js';
import { EgressDoor } from './egress-door.js';

/** A guest's connection to the door, and all that it heard. */
class Guest {
  heard = '';
  readonly closed: Promise<void>;
  readonly socket: Socket;

  constructor(path: string) {
    this.socket = connect(path).on('error', () => undefined);
    this.socket.on('data', (chunk: Buffer) => (this.heard += chunk.toString('latin1')));
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  say(text: string): this {
    this.socket.write(text);
    return this;
  }

  async until(text: string): Promise<void> {
    while (!this.heard.includes(text)) {
      if (this.socket.destroyed) throw new Error(`closed after: ${this.heard}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

describe('the way out of a guest', () => {
  let folder: string;
  let path: string;
  let server: Server;
  let port: number;
  let door: EgressDoor;
  let contacts: string[];
  let atServer: Socket[];
  let record: () => Promise<void>;

  const asks = (host: string) => `CONNECT ${host}:${port} HTTP/1.1\r\n\r\n`;
  const counts = () => Object.fromEntries(door.counts());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-egress-'));
    path = join(folder, 'proxy.sock');
    atServer = [];
    server = createServer({ allowHalfOpen: true }, (socket) => {
      atServer.push(socket.on('error', () => undefined));
      socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
      socket.on('end', () => socket.end('BYE'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
    contacts = [];
    record = () => Promise.resolve();
    door = await EgressDoor.open({
      path,
      targets: [
        { host: 'tools.example.org', port },
        { host: 'inside.example.org', port },
      ],
      dialler: new CheckedDialler(
        (host) => Promise.resolve([host === 'inside.example.org' ? '127.0.0.2' : '127.0.0.1']),
        (address) => address === '127.0.0.1',
      ),
      mostBytesOut: 100,
      onContact: (target) => {
        contacts.push(target);
        return record();
      },
    });
  });
  afterEach(async () => {
    door.shut();
    await door.whenQuiet();
    for (const socket of atServer) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets bytes pass in both directions to a computer of the list, to the last one', async () => {
    const guest = new Guest(path).say(asks('tools.example.org'));
    await guest.until('200 Connection established\r\n\r\n');
    guest.say('hello');
    await guest.until('HELLO');
    guest.socket.end();
    await guest.closed;
    expect(guest.heard).toMatch(/HELLOBYE$/);
    await door.whenQuiet();
    expect(counts()).toEqual({
      [`tools.example.org:${port}`]: { allowed: 1, refused: 0, bytesOut: 5, bytesIn: 8 },
    });
  });

  it('puts the first connection to a computer on record before a byte passes, and the next ones in numbers', async () => {
    let recorded = (): void => undefined;
    record = () => new Promise<void>((resolve) => (recorded = resolve));
    const [first, second] = [new Guest(path), new Guest(path)];
    first.say(asks('tools.example.org'));
    second.say(asks('tools.example.org'));
    while (atServer.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([first.heard, second.heard]).toEqual(['', '']);
    recorded();
    await Promise.all([first.until('200'), second.until('200')]);
    expect(contacts).toEqual([`tools.example.org:${port}`]);
    expect(counts()).toMatchObject({ [`tools.example.org:${port}`]: { allowed: 2 } });
  });

  it('lets nothing pass that cannot be put on record', async () => {
    record = () => Promise.reject(new Error('the disk is full'));
    const guest = new Guest(path).say(asks('tools.example.org'));
    await guest.closed;
    expect(guest.heard).toMatch(/^HTTP\/1\.1 502 /);
    expect(counts()).toMatchObject({ [`tools.example.org:${port}`]: { allowed: 0, refused: 1 } });
  });

  it.each([
    ['a name that is not on the list', () => asks('evil.example.org'), 403],
    ['another port of a name on the list', () => 'CONNECT tools.example.org:22 HTTP/1.1\r\n\r\n', 403],
    ['a name below one on the list', () => asks('x.tools.example.org'), 403],
    ['a name on the list that leads inside', () => asks('inside.example.org'), 403],
    ['an address', () => asks('127.0.0.1'), 403],
    ['another method', () => 'GET http://tools.example.org/ HTTP/1.1\r\n\r\n', 405],
    ['bytes in advance', () => `${asks('tools.example.org')}hello`, 400],
  ])('refuses %s, without a connection', async (_, request, status) => {
    const guest = new Guest(path).say(request());
    await guest.closed;
    expect(guest.heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^\\r]+\\r\\nConnection: close\\r\\n`));
    expect(atServer).toHaveLength(0);
    expect(contacts).toEqual([]);
    expect(door.counts()).toHaveLength(1);
    expect(door.counts()[0]?.[1]).toMatchObject({ allowed: 0, refused: 1 });
  });

  it('ends a connection that sends more than the session may, and passes nothing of it on', async () => {
    const guest = new Guest(path).say(asks('tools.example.org'));
    await guest.until('200');
    guest.say('a'.repeat(60));
    await guest.until('A'.repeat(60));
    guest.say('b'.repeat(41));
    await guest.closed;
    expect(guest.heard).not.toContain('B');
    expect(counts()).toMatchObject({ [`tools.example.org:${port}`]: { bytesOut: 60 } });
    const again = new Guest(path).say(asks('tools.example.org'));
    await again.until('200');
    again.say('z');
    await again.closed;
    expect(again.heard).not.toContain('Z');
  });

  it('has room for sixteen connections and no more', async () => {
    const guests = Array.from({ length: 16 }, () => new Guest(path).say(asks('tools.example.org')));
    await Promise.all(guests.map((guest) => guest.until('200')));
    const late = new Guest(path).say(asks('tools.example.org'));
    await late.closed;
    expect(late.heard).toBe('');
    guests[0]?.socket.destroy();
    await guests[0]?.closed;
    await until(async () => {
      const next = new Guest(path).say(asks('tools.example.org'));
      return next.until('200').then(
        () => true,
        () => false,
      );
    });
  });

  it('ends everything at once when it is shut, and never opens again', async () => {
    const [talking, asking, silent] = [new Guest(path), new Guest(path), new Guest(path)];
    talking.say(asks('tools.example.org'));
    await talking.until('200');
    record = () => new Promise(() => undefined);
    asking.say(asks('tools.example.org').slice(0, 20));
    silent.say('');
    door.shut();
    await Promise.all([talking.closed, asking.closed, silent.closed]);
    await door.whenQuiet();
    expect(atServer[0]?.destroyed === true || atServer[0]?.readableEnded === true).toBe(true);
    const after = new Guest(path).say(asks('tools.example.org'));
    await after.closed;
    expect(after.heard).toBe('');
  });

  it('does not connect a guest whose door was shut while it was being connected', async () => {
    let recorded = (): void => undefined;
    record = () => new Promise<void>((resolve) => (recorded = resolve));
    const guest = new Guest(path).say(asks('tools.example.org'));
    while (contacts.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    door.shut();
    recorded();
    await guest.closed;
    await door.whenQuiet();
    expect(guest.heard).toBe('');
    await until(() => Promise.resolve(atServer[0]?.readableEnded === true));
  });

  it('keeps count of a thousand made-up names in a few lines', async () => {
    for (let round = 0; round < 4; round++) {
      const guests = Array.from({ length: 12 }, (_, n) =>
        new Guest(path).say(asks(`n${round}-${n}.example.org`)),
      );
      await Promise.all(guests.map((guest) => guest.closed));
    }
    const lines = door.counts();
    expect(lines).toHaveLength(17);
    expect(lines.reduce((sum, [, { refused }]) => sum + refused, 0)).toBe(48);
  });
});

async function until(seen: () => Promise<boolean>): Promise<void> {
  while (!(await seen())) await new Promise((resolve) => setTimeout(resolve, 5));
}

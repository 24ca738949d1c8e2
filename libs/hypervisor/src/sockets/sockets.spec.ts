import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { awaitEndpoint } from './await-endpoint.js';
import { connectGuestSocket, openGuestSocket } from './guest-socket.js';
import { readGuestWord } from './guest-word.js';
import { probeRfb } from './rfb.js';

const ownerUid = process.getuid?.() ?? 0;
let folder: string;
let servers: Server[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sock-'));
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

const at = (name: string) => ({ hostPath: join(folder, name), ownerUid });

/** A server that does so with whoever connects. */
async function serve(name: string, greet: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => greet(socket.on('error', () => undefined)));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(folder, name), resolve));
}

const soon = () => AbortSignal.timeout(300);

describe('a socket of a guest', () => {
  it('is the one that was checked, whatever becomes of its name', async () => {
    await serve('a', (socket) => socket.end('the checked one'));
    const pinned = openGuestSocket(at('a'));
    rmSync(join(folder, 'a'));
    symlinkSync('/var/run/docker.sock', join(folder, 'a'));
    expect(pinned.path).toMatch(/^\/proc\/self\/fd\/\d+$/);
    pinned.close();
    pinned.close();
  });

  it('can be connected to', async () => {
    await serve('a', (socket) => socket.end('hello'));
    const socket = await connectGuestSocket(at('a'), { signal: soon() });
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('hello');
  });

  it.each([
    ['a link to a socket', () => symlinkSync(join(folder, 'real'), join(folder, 'a'))],
    ['a file', () => writeFileSync(join(folder, 'a'), '')],
    ['a folder', () => mkdirSync(join(folder, 'a'))],
  ])('is refused when it is %s', async (_, make) => {
    await serve('real', (socket) => socket.end());
    make();
    expect(() => openGuestSocket(at('a'))).toThrow(
      expect.objectContaining({ code: 'hypervisor.unsafe-endpoint' }),
    );
  });

  it('is refused when it belongs to somebody else', async () => {
    await serve('a', (socket) => socket.end());
    if (ownerUid === 0) chownSync(join(folder, 'a'), 4711, 4711);
    expect(() => openGuestSocket({ ...at('a'), ownerUid: ownerUid + 1 })).toThrow(
      expect.objectContaining({ code: 'hypervisor.unsafe-endpoint' }),
    );
  });

  it('is waited for while the walls have made it and not yet given it to the guest', async () => {
    if (ownerUid !== 0) return process.stdout.write('Skipped: only root can give a socket away.\n');
    await serve('a', (socket) => socket.write('RFB 003.008\n'));
    const endpoint = { ...at('a'), ownerUid: 4711 };
    await expect(probeRfb(endpoint, soon())).rejects.toMatchObject({ code: 'hypervisor.not-answering' });
    const waiting = awaitEndpoint(endpoint, 'rfb', AbortSignal.timeout(2000));
    chownSync(endpoint.hostPath, 4711, 4711);
    await expect(waiting).resolves.toBeUndefined();
  });

  it('does not answer when it is not there, when nobody listens, or when time is up', async () => {
    const silent = { code: 'hypervisor.not-answering' };
    await expect(connectGuestSocket(at('a'), { signal: soon() })).rejects.toMatchObject(silent);
    await serve('a', (socket) => socket.end());
    await expect(connectGuestSocket(at('a'), { signal: AbortSignal.abort() })).rejects.toMatchObject(silent);
  });
});

describe('the health of a display', () => {
  it.each(['RFB 003.003\n', 'RFB 003.007\n', 'RFB 003.008\n'])('is good with %j', async (banner) => {
    await serve('a', (socket) => socket.write(banner));
    await expect(probeRfb(at('a'), soon())).resolves.toBeUndefined();
  });

  it('is good when the banner comes in pieces', async () => {
    await serve('a', (socket) => {
      socket.write('RFB 0');
      setTimeout(() => socket.write('03.008\n'), 20);
    });
    await expect(probeRfb(at('a'), soon())).resolves.toBeUndefined();
  });

  it.each([
    ['nothing is said', () => undefined],
    ['something else is said', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n')],
    ['it hangs up', (socket: Socket) => socket.destroy()],
    ['it hangs up half way', (socket: Socket) => socket.end('RFB')],
  ])('is bad when %s', async (_, greet) => {
    await serve('a', (socket) => void greet(socket));
    await expect(probeRfb(at('a'), soon())).rejects.toMatchObject({ code: 'hypervisor.not-answering' });
  });
});

describe('waiting for an endpoint', () => {
  it('ends when it answers', async () => {
    const waiting = awaitEndpoint(at('a'), 'rfb', AbortSignal.timeout(2000));
    await new Promise((resolve) => setTimeout(resolve, 60));
    await serve('a', (socket) => socket.write('RFB 003.008\n'));
    await expect(waiting).resolves.toBeUndefined();
  });

  it('ends at the deadline', async () => {
    await expect(awaitEndpoint(at('a'), 'accept', AbortSignal.timeout(80))).rejects.toMatchObject({
      code: 'hypervisor.not-answering',
    });
  });

  it('ends at once when something unsafe appears', async () => {
    const waiting = awaitEndpoint(at('a'), 'rfb', AbortSignal.timeout(5000));
    symlinkSync('/var/run/docker.sock', join(folder, 'a'));
    await expect(waiting).rejects.toMatchObject({ code: 'hypervisor.unsafe-endpoint' });
  });
});

describe('the word of a guest', () => {
  const words = ['waiting', 'opening', 'showing', 'refused'] as const;
  const read = () => readGuestWord(join(folder, 'status'), words);

  it('is one of those that are expected', async () => {
    writeFileSync(join(folder, 'status'), 'showing\n');
    expect(await read()).toBe('showing');
  });

  it.each(['', 'Showing', 'showing off', '<script>', 'x'.repeat(65), `showing${' '.repeat(100)}`])(
    'is nothing when it is %j',
    async (text) => {
      writeFileSync(join(folder, 'status'), text);
      expect(await read()).toBeUndefined();
    },
  );

  it('is nothing when there is no file', async () => {
    expect(await read()).toBeUndefined();
  });

  it.each([
    ['a link', () => symlinkSync('/etc/hostname', join(folder, 'status'))],
    ['a folder', () => mkdirSync(join(folder, 'status'))],
  ])('is refused when it is %s', async (_, make) => {
    make();
    await expect(read()).rejects.toMatchObject({ code: 'hypervisor.unsafe-endpoint' });
  });
});

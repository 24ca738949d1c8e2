import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CheckedDialler, NotDialled } from './dialler.js';

describe('the dialler', () => {
  let server: Server;
  let port: number;
  let connections = 0;

  beforeAll(async () => {
    server = createServer((socket) => {
      connections++;
      socket.on('error', () => undefined).end('hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const signal = () => AbortSignal.timeout(5_000);
  const status = (dialling: Promise<unknown>) =>
    dialling.then(
      () => 200,
      (error: unknown) => (error instanceof NotDialled ? error.status : error),
    );
  const at =
    (...addresses: string[]) =>
    () =>
      Promise.resolve(addresses);

  it('connects to the address that it checked and asks for the name only once', async () => {
    let asked = 0;
    const seen: string[] = [];
    const rebinding = () => Promise.resolve(asked++ === 0 ? ['127.0.0.1'] : ['127.0.0.2']);
    const dialler = new CheckedDialler(rebinding, (address) => seen.push(address) > 0);
    const socket = await dialler.dial({ host: 'tools.example.org', port }, signal());
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect([asked, seen]).toEqual([1, ['127.0.0.1']]);
    socket.destroy();
  });

  it('refuses a name that leads to this machine, and does not even knock', async () => {
    const before = connections;
    const dialler = new CheckedDialler(at('127.0.0.1'));
    expect(await status(dialler.dial({ host: 'tools.example.org', port }, signal()))).toBe(403);
    expect(connections).toBe(before);
  });

  it('refuses a name as a whole of which one address is private', async () => {
    const before = connections;
    const dialler = new CheckedDialler(at('127.0.0.1', '10.0.0.1'), (address) => address !== '10.0.0.1');
    expect(await status(dialler.dial({ host: 'tools.example.org', port }, signal()))).toBe(403);
    expect(connections).toBe(before);
  });

  it('goes on to the next address where nobody answers at the first', async () => {
    const dialler = new CheckedDialler(at('127.0.0.3', '127.0.0.1'), () => true);
    const socket = await dialler.dial({ host: 'tools.example.org', port }, signal());
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });

  it('says so where the name has no address and where nobody answers', async () => {
    const nowhere = new CheckedDialler(at(), () => true);
    expect(await status(nowhere.dial({ host: 'tools.example.org', port }, signal()))).toBe(502);
    const deaf = new CheckedDialler(at('127.0.0.3'), () => true);
    expect(await status(deaf.dial({ host: 'tools.example.org', port }, signal()))).toBe(502);
  });

  it('stops when nobody waits for it any more', async () => {
    const before = connections;
    const dialler = new CheckedDialler(at('127.0.0.1'), () => true);
    expect(await status(dialler.dial({ host: 'tools.example.org', port }, AbortSignal.abort()))).toBe(502);
    expect(connections).toBe(before);
  });
});

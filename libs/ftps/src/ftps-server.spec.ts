import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryService, RawClient, TEST_CERTIFICATE, TEST_KEY, USER } from '../testing/index.js';
import { Refused } from './ftps-service.js';
import { FtpsServer, type FtpsServerOptions } from './ftps-server.js';

describe('an FTPS server', () => {
  let service: MemoryService;
  let server: FtpsServer;
  let port: number;
  let bugs: unknown[];
  let endings: string[];
  const start = async (options: Partial<FtpsServerOptions> = {}) => {
    service = new MemoryService();
    bugs = [];
    endings = [];
    server = new FtpsServer(service, {
      certificate: () => ({ key: TEST_KEY, cert: TEST_CERTIFICATE }),
      onBug: (error) => bugs.push(error),
      onEnd: (ending) => endings.push(ending),
      ...options,
      limits: { wrongPasswordMs: 1, ...options.limits },
    });
    port = await server.listen(0, '127.0.0.1');
  };
  const again = async (options: Partial<FtpsServerOptions>) => {
    await server.close();
    await start(options);
  };
  beforeEach(() => start());
  afterEach(async () => {
    await server.close();
    expect(service.visits).toBe(0);
  });

  const until = async (condition: () => boolean) => {
    for (const end = Date.now() + 10_000; !condition();) {
      if (Date.now() > end) throw new Error('it does not come to that');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const paths = () => service.files.map(({ path }) => path);

  describe('in the clear', () => {
    let client: RawClient;
    beforeEach(async () => {
      client = await RawClient.connect(port);
      expect(await client.reply()).toMatch(/^220 /);
    });

    it.each([
      'USER city',
      'PASS right',
      'PBSZ 0',
      'PROT P',
      'PASV',
      'EPSV',
      'STOR x',
      'LIST',
      'CWD x',
      'ABOR',
    ])('does not take %s', async (line) => {
      expect(await client.say(line)).toMatch(/^530 Begin with AUTH TLS/);
      expect(service.logins).toEqual([]);
    });

    it('says what it can, and goodbye', async () => {
      expect(await client.say('FEAT')).toBe('211 End');
      expect(await client.say('AUTH SSL')).toMatch(/^504 /);
      expect(await client.say('QUIT')).toMatch(/^221 /);
      await client.closed();
      await until(() => endings.length === 1);
      expect(endings).toEqual(['quit']);
    });

    it('obeys nothing that was sent ahead of the handshake', async () => {
      client.write(`AUTH TLS\r\nUSER ${USER}\r\n`);
      expect(await client.reply()).toMatch(/^503 /);
      await client.closed();
      expect(service.logins).toEqual([]);
    });
  });

  describe('for who logged in', () => {
    let client: RawClient;
    beforeEach(async () => {
      client = await RawClient.ready(port);
    });
    afterEach(() => client.destroy());

    it('takes files one after the other, small, empty and large', async () => {
      const large = Buffer.alloc(3_000_000, 'large');
      expect(await client.store('a.dcm', 'one')).toMatch(/^226 /);
      expect(await client.store('/b/empty', '')).toMatch(/^226 /);
      await client.say('MKD c');
      await client.say('CWD c/d');
      expect(await client.store('../large', large)).toMatch(/^226 /);
      expect(paths()).toEqual(['a.dcm', 'b/empty', 'c/large']);
      expect(service.files[2]?.bytes.equals(large)).toBe(true);
    });

    it('says that it is stored after it is, and not before', async () => {
      let finish: () => void = () => undefined;
      service.onFinish = () => new Promise((resolve) => (finish = resolve));
      const answer = client.store('a', 'one');
      let isAnswered = false;
      void answer.then(() => (isAnswered = true));
      const first = finish;
      await until(() => finish !== first);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(isAnswered).toBe(false);
      finish();
      expect(await answer).toMatch(/^226 /);
    });

    it.each(['RETR a', 'DELE a', 'RMD a', 'RNFR a', 'RNTO b', 'SIZE a', 'MDTM a'])(
      'refuses %s',
      async (line) => {
        await client.store('a', 'one');
        expect(await client.say(line)).toMatch(/^550 /);
      },
    );

    it.each(['APPE a', 'REST 5', 'STOU', 'SITE CHMOD 777 a', 'MLSD', 'REIN', 'constructor'])(
      'does not know %s',
      async (line) => {
        expect(await client.say(line)).toMatch(/^50[02] /);
      },
    );

    it('shows nothing, not even what was just sent', async () => {
      await client.store('a', 'one');
      for (const command of ['LIST', 'NLST', 'LIST -a /']) {
        const data = client.data(await client.passive());
        let shown = '';
        data.on('data', (chunk: Buffer) => (shown += chunk.toString()));
        expect(await client.say(command)).toMatch(/^150 /);
        expect(await client.reply()).toMatch(/^226 /);
        expect(shown).toBe('');
      }
      expect(await client.say('CWD any/folder')).toMatch(/^250 /);
      expect(await client.say('PWD')).toBe('257 "/any/folder"');
    });

    it('keeps nothing of a file whose connection broke off', async () => {
      const data = client.data(await client.passive());
      await client.say('STOR half');
      await new Promise((resolve) => data.write('half a', resolve));
      data.destroy();
      expect(await client.reply()).toMatch(/^426 /);
      expect([service.files, service.discarded]).toEqual([[], 1]);
      expect(await client.store('half', 'half and half')).toMatch(/^226 /);
    });

    it('keeps nothing of a file whose client is gone', async () => {
      const data = client.data(await client.passive());
      await client.say('STOR half');
      await new Promise((resolve) => data.write('half a', resolve));
      client.destroy();
      await until(() => service.visits === 0);
      expect([service.files, service.discarded]).toEqual([[], 1]);
      data.destroy();
    });

    it('has the whole of a file whose client was done before anybody looked', async () => {
      service.onStore = () => new Promise((resolve) => setTimeout(resolve, 100));
      expect(await client.store('early', 'all of it')).toMatch(/^226 /);
      expect(service.files.map(({ bytes }) => bytes.toString())).toEqual(['all of it']);
    });

    it('has nothing of a file that broke off before anybody looked', async () => {
      service.onStore = () => new Promise((resolve) => setTimeout(resolve, 100));
      const data = client.data(await client.passive());
      await client.say('STOR half');
      await once(data, 'secureConnect');
      data.write('half a', () => data.destroy());
      expect(await client.reply()).toMatch(/^426 /);
      expect([service.files, service.discarded]).toEqual([[], 1]);
    });

    it('breaks a file off where it is asked to', async () => {
      const data = client.data(await client.passive());
      await client.say('STOR half');
      await new Promise((resolve) => data.write('half a', resolve));
      client.write(Buffer.from('fff4fff241424f520d0a', 'hex'));
      expect(await client.reply()).toMatch(/^426 /);
      expect(await client.reply()).toMatch(/^226 /);
      expect(service.files).toEqual([]);
    });

    it('opens no connection to where it is told', async () => {
      let connections = 0;
      const victim = createServer(() => connections++).listen(0, '127.0.0.1');
      await once(victim, 'listening');
      const { port: at } = victim.address() as { port: number };
      expect(await client.say(`PORT 127,0,0,1,${at >> 8},${at & 255}`)).toMatch(/^502 /);
      expect(await client.say(`EPRT |1|127.0.0.1|${at}|`)).toMatch(/^502 /);
      expect(await client.say('STOR x')).toMatch(/^425 /);
      victim.close();
      expect(connections).toBe(0);
    });

    it('lets nobody in who comes to the data port from elsewhere', async () => {
      const at = await client.passive();
      const stranger = client.data(at, { localAddress: '127.0.0.2' });
      await new Promise((resolve) => stranger.once('close', resolve));
      const data = client.data(at);
      expect(await client.say('STOR x')).toMatch(/^150 /);
      data.end('mine');
      expect(await client.reply()).toMatch(/^226 /);
      expect(service.files[0]?.bytes.toString()).toBe('mine');
    });

    it('lets nobody in who comes from the same address and is another client', async () => {
      const other = await RawClient.ready(port);
      for (const session of [Buffer.alloc(0), other.session]) {
        const data = client.data(await client.passive(), { session });
        await client.say('STOR x');
        data.end('another’s');
        expect(await client.reply()).toMatch(/^522 /);
      }
      other.destroy();
      expect(service.files).toEqual([]);
    });

    it('takes nothing without PROT P, and does not go back from TLS', async () => {
      const bare = await RawClient.connect(port);
      await bare.reply();
      await bare.secure();
      expect(await bare.say('STOR x')).toMatch(/^530 Log in/);
      await bare.say(`USER ${USER}`);
      await bare.say('PASS right');
      await bare.say('TYPE I');
      expect(await bare.say('PROT P')).toMatch(/^503 /);
      await bare.say('PBSZ 0');
      expect(await bare.say('PROT C')).toMatch(/^536 /);
      await bare.passive();
      expect(await bare.say('STOR x')).toMatch(/^521 /);
      expect(await bare.say('CCC')).toMatch(/^533 /);
      expect(await bare.say('AUTH TLS')).toMatch(/^503 /);
      bare.destroy();
    });

    it('keeps files as they are, and says so', async () => {
      await client.say('TYPE A');
      expect(await client.store('x', 'text')).toMatch(/^550 Send TYPE I/);
      expect(await client.say('TYPE E')).toMatch(/^504 /);
    });

    it('refuses with the words of what is behind it, and goes on', async () => {
      service.onWrite = () => Promise.reject(new Refused({ code: 552, text: 'No room.' }));
      expect(await client.store('x', Buffer.alloc(1_000_000))).toBe('552 No room.');
      service.onWrite = () => Promise.resolve();
      expect(await client.store('y', 'small')).toMatch(/^226 /);
      expect([paths(), service.discarded]).toEqual([['y'], 1]);
    });

    it('ends the one connection where something is wrong in the server', async () => {
      service.onFinish = () => Promise.reject(new Error('a bug'));
      expect(await client.store('x', 'y')).toMatch(/^451 /);
      await client.closed();
      expect(bugs).toHaveLength(1);
      expect(await (await RawClient.ready(port)).say('NOOP')).toMatch(/^200 /);
    });

    it('takes no line and no heap of lines without end', async () => {
      client.write('x'.repeat(5_000));
      expect(await client.reply()).toMatch(/^421 /);
      await client.closed();
      const other = await RawClient.ready(port);
      other.write('NOOP\r\n'.repeat(1_000));
      await other.closed();
    });
  });

  it('closes after some wrong passwords', async () => {
    const client = await RawClient.connect(port);
    await client.reply();
    await client.secure();
    const tries: string[] = [];
    for (let n = 0; n < 3; n++) {
      await client.say(`USER ${USER}`);
      tries.push((await client.say('PASS wrong')).slice(0, 3));
    }
    expect(tries).toEqual(['530', '530', '421']);
    await client.closed();
  });

  it('gives nobody more connections than one may have', async () => {
    await again({ connectionsPerAddress: 2 });
    const [first] = [await RawClient.ready(port), await RawClient.ready(port)];
    const third = await RawClient.connect(port);
    expect(await third.reply()).toMatch(/^421 Too many/);
    await third.closed();
    first.destroy();
    await until(() => endings.length === 1);
    expect(await (await RawClient.connect(port)).reply()).toMatch(/^220 /);
  });

  it('waits only so long for a login, however many bytes drip in', async () => {
    await again({ limits: { loginMs: 200 } });
    const client = await RawClient.connect(port);
    await client.reply();
    const drip = setInterval(() => client.write('NOOP\r\n'), 20);
    await client.closed();
    clearInterval(drip);
    await until(() => endings.length === 1);
    expect(endings).toEqual(['timed-out']);
  });

  it('waits only so long for a whole line', async () => {
    await again({ limits: { idleMs: 200 } });
    const client = await RawClient.ready(port);
    const drip = setInterval(() => client.write('N'), 20);
    await client.closed();
    clearInterval(drip);
    await until(() => endings.length === 1);
    expect(endings).toEqual(['timed-out']);
  });

  it('gives a file up that only drips in', async () => {
    await again({ limits: { stallMs: 200 } });
    const client = await RawClient.ready(port);
    const data = client.data(await client.passive());
    await client.say('STOR slow');
    const drip = setInterval(() => data.write('x'), 20);
    // What drips in while it closes ends it by an error, now and then.
    data.on('error', () => undefined);
    const closed = new Promise((resolve) => data.once('close', resolve));
    expect(await client.reply()).toMatch(/^426 /);
    await closed;
    clearInterval(drip);
    expect([service.files, service.discarded]).toEqual([[], 1]);
    client.destroy();
  });

  it('takes what comes steadily for longer than that, and waits for itself as long as it takes', async () => {
    await again({ limits: { stallMs: 200, leastBytes: 10 } });
    service.onWrite = () => new Promise((resolve) => setTimeout(resolve, 30));
    const client = await RawClient.ready(port);
    const data = client.data(await client.passive());
    await client.say('STOR steady');
    for (let n = 0; n < 30; n++) {
      data.write(Buffer.alloc(100));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    data.end();
    expect(await client.reply()).toMatch(/^226 /);
    client.destroy();
  });

  it('waits only so long for a data connection', async () => {
    await again({ limits: { dataMs: 100 } });
    const client = await RawClient.ready(port);
    await client.passive();
    expect(await client.say('STOR x')).toMatch(/^425 /);
    client.destroy();
  });

  it('keeps to the ports and the address that it was given', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port: only } = free.address() as { port: number };
    free.close();
    await once(free, 'close');
    await again({ passive: { ports: { from: only, to: only }, address: '192.0.2.7' } });
    const client = await RawClient.ready(port);
    const other = await RawClient.ready(port);
    expect(await client.say('PASV')).toContain(`(192,0,2,7,${only >> 8},${only & 255})`);
    expect(await other.say('EPSV')).toMatch(/^425 /);
    client.destroy();
    await until(() => endings.length === 1);
    expect(await other.passive()).toBe(only);
    other.destroy();
  });

  it('lets go of everything when it ends', async () => {
    const client = await RawClient.ready(port);
    const data = client.data(await client.passive());
    let writes = 0;
    service.onWrite = () => {
      writes++;
      return Promise.resolve();
    };
    await client.say('STOR half');
    data.write('half a');
    await until(() => writes > 0);
    await server.close();
    expect(await client.reply()).toMatch(/^421 The server ends/);
    expect([service.files, service.discarded]).toEqual([[], 1]);
    data.destroy();
    client.destroy();
  });
});

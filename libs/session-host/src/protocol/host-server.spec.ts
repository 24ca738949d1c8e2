import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { createLogger, newId, Problem } from '@vitrine/kernel';
import { MemoryNotary } from '@vitrine/sealing/testing';
import { ForgetfulCopier, RawClient, testSessionHost } from '../../testing/index.js';
import { digestOfBlobs, type PermitSigner } from '../permits.js';
import { handControlKey, hostKeysFrom, hostSocketPath } from '../host-keys.js';
import type { LocalSessionHost } from '../local/local-session-host.js';
import { HostServer } from './host-server.js';
import { RemoteSessionHost } from './remote-session-host.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const keys = hostKeysFrom(Buffer.alloc(32, 7));
const soon = () => ({ signal: AbortSignal.timeout(10_000) });
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => Problem.from(error).code,
  );

describe('the session host behind its socket', () => {
  let folder: string;
  let driver: FakeDriver;
  let mounts: FakeMounts;
  let host: LocalSessionHost;
  let permits: PermitSigner;
  let server: HostServer;
  let remote: RemoteSessionHost;
  const raw: RawClient[] = [];

  const listen = async () => {
    server = new HostServer({
      path: hostSocketPath(folder),
      key: keys.control,
      host,
      notary: new MemoryNotary(),
      logger: createLogger('test', 'silent'),
      web: undefined,
    });
    await server.listen();
  };
  const client = async (key: Buffer | undefined = keys.control) => {
    const opened = await RawClient.open(hostSocketPath(folder), key);
    raw.push(opened);
    return opened;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vsh-'));
    mkdirSync(join(folder, 'host'));
    driver = new FakeDriver();
    mounts = new FakeMounts();
    const image = { bytes: 1, createdAt: new Date(0), labels: {} };
    driver.engine.images.set('vitrine/guacd:1', { ...image, digest: `sha256:${'c'.repeat(64)}` });
    driver.engine.images.set('vitrine/plain:1', { ...image, digest: DIGEST });
    ({ host, permits } = testSessionHost({
      driver,
      mounts,
      settings: { runDir: folder, dataDir: folder, scratchDir: join(folder, 'scratch') },
      copier: new ForgetfulCopier(),
      images: { viewers: [], guacd: 'vitrine/guacd:1', toolbox: 'vitrine/toolbox:1' },
    }));
    handControlKey(folder, keys, undefined);
    await listen();
    remote = new RemoteSessionHost(folder);
  });
  afterEach(async () => {
    for (const one of raw.splice(0)) one.close();
    remote.close();
    await server.close();
    driver.engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const signed = (
    sessionId: string,
    patientId: string,
    blobIds: readonly string[],
    egress: readonly string[] = [],
  ) =>
    permits.sign({
      sessionId,
      by: { kind: 'account', id: newId() },
      patientId,
      imageDigest: DIGEST,
      isolation: 'standard',
      blobs: digestOfBlobs(blobIds),
      egress,
      until: new Date(Date.now() + 60_000).toISOString(),
    });

  it('leaves nothing of a record whose showing was cut off, though the mount came after the removal was asked', async () => {
    const [id, patientId, blobId] = [newId(), newId(), newId()];
    await remote.prepare(id, soon());
    const mount = mounts.tmpfs.bind(mounts);
    let goOn = (): void => undefined;
    const reached = new Promise<void>((reach) => {
      mounts.tmpfs = async (path) => {
        reach();
        await new Promise<void>((resolve) => (goOn = resolve));
        await mount(path);
      };
    });
    const claim = { patientId, blobIds: [blobId], bytes: 10, files: 1, scratch: false };
    const over = new AbortController();
    const attaching = remote.attach(id, signed(id, patientId, [blobId]), claim, { signal: over.signal });
    await reached;
    over.abort();
    const removing = remote.remove(id, soon());
    setTimeout(goOn, 300);
    await Promise.allSettled([attaching, removing]);
    await remote.whenThere(1_000);
    expect((await mounts.list()).filter(({ path }) => path.includes(id))).toEqual([]);
    expect((await remote.list(soon())).folders).toEqual([]);
  });

  it('starts, shows and ends a session as a host in the same process does', async () => {
    const [id, patientId, blobId] = [newId(), newId(), newId()];
    await remote.prepare(id, soon());
    const walls = await remote.start(
      id,
      { role: 'viewer', imageDigest: DIGEST, isolation: 'standard', registration: null, egress: false },
      soon(),
    );
    expect(walls.breaches).toEqual([]);
    await remote.start(id, { role: 'guacd' }, soon());
    expect(await remote.observe(id, 'viewer', soon())).toEqual({ status: 'running' });
    await remote.answers(id, 'viewer', soon());
    const claim = { patientId, blobIds: [blobId], bytes: 10, files: 1, scratch: false };
    await remote.attach(id, signed(id, patientId, [blobId]), claim, soon());
    const object = { blobId, bytes: 10, version: 1, key: Buffer.alloc(32).toString('base64') };
    await remote.copy(id, [{ ...object, path: 'item-1/000001.dcm' }], soon());
    await remote.writePage(id, 'item-1/000002.html', Buffer.from('<p>'), soon());
    expect(await remote.isLaidOut(id, soon())).toBe(false);
    await remote.writeOpen(id, { version: 1, items: [] }, soon());
    expect(await remote.isLaidOut(id, soon())).toBe(true);
    expect(await remote.list(soon())).toMatchObject({
      guests: [
        { sessionId: id, role: 'viewer' },
        { sessionId: id, role: 'guacd' },
      ],
      folders: [id],
    });
    expect((await remote.findImage('vitrine/plain:1', soon()))?.createdAt).toEqual(new Date(0));
    expect(await remote.findImage('none/such:1', soon())).toBeUndefined();
    await remote.remove(id, soon());
    expect(await remote.list(soon())).toEqual({ guests: [], folders: [] });
  });

  it('hands on what failed, and what an engine that does not answer means', async () => {
    expect(await refusal(remote.start(newId(), { role: 'guacd' }, soon()))).toBe('sessions.not-permitted');
    driver.engine.reachable = false;
    expect(await refusal(remote.list(soon()))).toBe('hypervisor.unreachable');
    expect(await remote.observe(newId(), 'viewer', soon())).toMatchObject({ status: 'unreachable' });
  });

  it('is found again after it was started anew, and says until then that it is away', async () => {
    await remote.list(soon());
    await server.close();
    expect(await refusal(remote.list(soon()))).toBe('hypervisor.unreachable');
    await listen();
    await remote.whenThere(5_000);
    expect(await remote.list(soon())).toEqual({ guests: [], folders: [] });
  });

  it('stops what nobody waits for any more: at a signal, and when the connection ends', async () => {
    const stopped: string[] = [];
    let begun = 0;
    host.list = ({ signal }) =>
      new Promise((_, reject) => {
        begun++;
        signal.addEventListener('abort', () => {
          stopped.push(Problem.from(signal.reason).code);
          reject(signal.reason as Error);
        });
      });
    const controller = new AbortController();
    const asked = refusal(remote.list({ signal: controller.signal }));
    await remote.plan(newId(), soon());
    controller.abort(new Problem('sessions.ended'));
    expect(await asked).toBe('sessions.ended');
    const lost = refusal(remote.list(soon()));
    await remote.plan(newId(), soon());
    expect(begun).toBe(2);
    remote.close();
    expect(await lost).toBe('hypervisor.unreachable');
    for (let wait = 0; stopped.length < 2 && wait < 100; wait++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(stopped).toEqual(['kernel.busy', 'kernel.busy']);
  });

  it('tells of what happens to guests', async () => {
    const controller = new AbortController();
    const events = remote.watch({ signal: controller.signal })[Symbol.asyncIterator]();
    const first = events.next();
    await remote.plan(newId(), soon());
    const id = newId();
    await remote.prepare(id, soon());
    await remote.start(id, { role: 'guacd' }, soon());
    expect((await first).value).toMatchObject({ kind: 'started' });
    controller.abort();
  });

  it('hears nobody who does not prove to have the key, however often a proof was seen', async () => {
    const stranger = await client(Buffer.alloc(32));
    expect(await stranger.ask('list', {})).toBe('cut off');
    const eager = await RawClient.open(hostSocketPath(folder));
    raw.push(eager);
    expect(await eager.ask('list', {})).toBe('cut off');
    const known = await client();
    expect(await known.ask('list', {})).toBe('DONE');
  });

  it('answers no question that is not exactly of its form', async () => {
    const sessionId = newId();
    for (const [name, question, more] of [
      ['list', { all: true }],
      ['list', {}, { as: 'root' }],
      ['exec', { command: 'id' }],
      ['constructor', {}],
      ['start', { sessionId, wish: { role: 'guacd', image: 'alpine' } }],
      ['start', { sessionId, wish: { role: 'job' } }],
      ['start', { sessionId, wish: { role: '__proto__' } }],
      [
        'start',
        {
          sessionId,
          wish: {
            role: 'viewer',
            imageDigest: 'alpine:3',
            isolation: 'standard',
            registration: null,
            egress: false,
          },
        },
      ],
      ['start', { sessionId, wish: { role: 'guacd' }, mounts: [{ hostPath: '/' }] }],
      ['prepare', { sessionId: '../../etc', candidate: false }],
      ['writePage', { sessionId, path: '../../etc/cron.d/x', content: '' }],
      ['writePage', { sessionId, path: 'item-1/../../x', content: '' }],
      ['writePage', { sessionId, path: '/etc/passwd', content: '' }],
      ['writePage', { sessionId, path: 'item-1/a\n', content: '' }],
      ['findImage', { reference: 'x\r\nHost: y' }],
    ] as const) {
      const asked = await client();
      expect([name, question, await asked.ask(name, question, more)]).toEqual([name, question, 'cut off']);
    }
  });

  it('ends a connection that sends a frame without end', async () => {
    const flood = await client();
    flood.socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0]));
    await flood.until(() => undefined);
    expect(flood.ended).toBe(true);
  });

  it('survives 10 000 frames of noise and of questions that are nearly right, and does nothing of them', async () => {
    const random = (): unknown => {
      const kinds: (() => unknown)[] = [
        () => null,
        () => randomInt(-5, 1e9),
        () => randomBytes(randomInt(1, 40)).toString('base64'),
        () => newId(),
        () => '../'.repeat(randomInt(1, 9)),
        () => [],
        () => ({}),
        () => ({ role: 'viewer', imageDigest: DIGEST, registration: newId(), user: 'root' }),
        () => ['/etc', '/var/run/docker.sock'],
      ];
      return kinds[randomInt(kinds.length)]!();
    };
    const names =
      'start attach copy draw writePage writeOpen register mount eval openBuild freezeBuild packages'.split(
        ' ',
      );
    const fields = [
      'sessionId',
      'wish',
      'permit',
      'claim',
      'objects',
      'path',
      'content',
      'job',
      'image',
      'base',
      'env',
    ];
    let sent = 0;
    let done = 0;
    while (sent < 10_000) {
      const noise = await client();
      for (let n = 0; n < 25 && !noise.ended; n++, sent++) {
        const question = Object.fromEntries(
          Array.from({ length: randomInt(0, 5) }, () => [fields[randomInt(fields.length)]!, random()]),
        );
        const ask = { kind: 'ask', id: n + 1, name: names[randomInt(names.length)], question };
        const content = n % 3 === 0 ? randomBytes(randomInt(1, 200)) : Buffer.from(JSON.stringify(ask));
        const head = Buffer.alloc(5);
        head.writeUInt32BE(n % 11 === 0 ? randomInt(0, 2 ** 32 - 1) : content.length);
        head[4] = n % 7 === 0 ? randomInt(0, 256) : 0;
        noise.socket.write(Buffer.concat([head, content]));
      }
      done += noise.heard.filter((one) => (one as { kind?: string }).kind === 'answer').length;
      noise.close();
    }
    expect(done).toBe(0);
    expect(await remote.list(soon())).toEqual({ guests: [], folders: [] });
    expect(driver.engine.guests.size).toBe(0);
  });

  it('shows under one id what was permitted for it, once, and nothing else', async () => {
    const [id, patientId, blobId] = [newId(), newId(), newId()];
    const claim = { patientId, blobIds: [blobId], bytes: 10, files: 1, scratch: false };
    const permit = signed(id, patientId, [blobId]);
    const object = {
      blobId,
      bytes: 10,
      version: 1,
      key: Buffer.alloc(32).toString('base64'),
      path: 'a/b.dcm',
    };
    await remote.prepare(id, soon());
    await remote.start(
      id,
      { role: 'viewer', imageDigest: DIGEST, isolation: 'standard', registration: null, egress: false },
      soon(),
    );
    const wrong = 'sessions.not-permitted';
    expect(await refusal(remote.copy(id, [object], soon()))).toBe(wrong);
    expect(await refusal(remote.writePage(id, 'a/b.html', Buffer.alloc(1), soon()))).toBe(wrong);
    expect(await refusal(remote.attach(id, null, claim, soon()))).toBe(wrong);
    await remote.attach(id, permit, claim, soon());
    await remote.attach(id, permit, claim, soon());
    expect(await refusal(remote.copy(id, [{ ...object, blobId: newId() }], soon()))).toBe(wrong);
    // Even one that the control plane itself signed: a session shows one thing.
    const other = { ...claim, patientId: newId() };
    expect(await refusal(remote.attach(id, signed(id, other.patientId, [blobId]), other, soon()))).toBe(
      wrong,
    );
    await remote.remove(id, soon());
    await remote.prepare(id, soon());
    await remote.start(
      id,
      { role: 'viewer', imageDigest: DIGEST, isolation: 'standard', registration: null, egress: false },
      soon(),
    );
    expect(await refusal(remote.attach(id, permit, claim, soon()))).toBe(wrong);
  });

  it('shows nothing in another program than the one that it was permitted for', async () => {
    const [id, patientId] = [newId(), newId()];
    const other = `sha256:${'e'.repeat(64)}`;
    driver.engine.images.set('evil/plain:1', { digest: other, bytes: 1, createdAt: new Date(0), labels: {} });
    await remote.prepare(id, soon());
    await remote.start(
      id,
      { role: 'viewer', imageDigest: other, isolation: 'standard', registration: null, egress: false },
      soon(),
    );
    const claim = { patientId, blobIds: [], bytes: 0, files: 0, scratch: false };
    expect(await refusal(remote.attach(id, signed(id, patientId, []), claim, soon()))).toBe(
      'sessions.not-permitted',
    );
  });

  it('takes the id of a session for no test of an image, nor the other way round', async () => {
    const [session, tested] = [newId(), newId()];
    await remote.prepare(session, soon());
    await remote.prepare(tested, { ...soon(), candidate: true });
    const refusedAs = async (id: string, candidate: boolean) =>
      refusal(remote.prepare(id, { ...soon(), candidate }));
    expect(await refusedAs(session, true)).toBe('sessions.not-permitted');
    expect(await refusedAs(tested, false)).toBe('sessions.not-permitted');
    expect((await remote.list(soon())).folders).toEqual([session]);
  });

  it('never shows anybody’s data to an image that is being tested', async () => {
    const [id, patientId, blobId] = [newId(), newId(), newId()];
    await remote.prepare(id, { ...soon(), candidate: true });
    const claim = { patientId, blobIds: [blobId], bytes: 10, files: 1, scratch: false };
    expect(await refusal(remote.attach(id, signed(id, patientId, [blobId]), claim, soon()))).toBe(
      'sessions.not-permitted',
    );
    expect(await refusal(remote.register(id, soon()))).toBe('viewers.admission-failed');
    expect(await remote.list(soon())).toEqual({ guests: [], folders: [] });
    await remote.sweepCandidates(soon());
  });
});

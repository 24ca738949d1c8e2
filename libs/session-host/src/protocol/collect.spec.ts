import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { createLogger, newId, Problem } from '@vitrine/kernel';
import { MemoryNotary } from '@vitrine/sealing/testing';
import { ForgetfulCopier, testSessionHost } from '../../testing/index.js';
import { handControlKey, hostKeysFrom, hostSocketPath } from '../host-keys.js';
import { digestOfBlobs, type PermitSigner } from '../permits.js';
import { HostServer } from './host-server.js';
import { RemoteSessionHost } from './remote-session-host.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const keys = hostKeysFrom(Buffer.alloc(32, 7));
const soon = () => ({ signal: AbortSignal.timeout(10_000) });

let folder: string;
let driver: FakeDriver;
let permits: PermitSigner;
let server: HostServer;
let remote: RemoteSessionHost;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vsh-'));
  mkdirSync(join(folder, 'host'));
  driver = new FakeDriver();
  const opened = testSessionHost({
    driver,
    mounts: new FakeMounts(),
    settings: { runDir: folder, dataDir: folder, scratchDir: join(folder, 'scratch') },
    copier: new ForgetfulCopier(),
  });
  permits = opened.permits;
  handControlKey(folder, keys, undefined);
  server = new HostServer({
    path: hostSocketPath(folder),
    key: keys.control,
    host: opened.host,
    notary: new MemoryNotary(),
    logger: createLogger('test', 'silent'),
    web: undefined,
  });
  await server.listen();
  remote = new RemoteSessionHost(folder);
});
afterEach(async () => {
  remote.close();
  await server.close();
  driver.engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A session whose viewer runs; the code of what refused to show it anything. */
async function begin(
  asked: boolean,
  permitted: boolean,
): Promise<{ id: string; refused: string | undefined }> {
  const [id, patientId, blobIds] = [newId(), newId(), [newId()]];
  const image = { imageDigest: DIGEST, isolation: 'standard' } as const;
  await remote.prepare(id, soon());
  await remote.start(
    id,
    { role: 'viewer', ...image, registration: null, results: asked, egress: false },
    soon(),
  );
  const permit = permits.sign({
    sessionId: id,
    by: { kind: 'account', id: newId() },
    patientId,
    ...image,
    results: permitted,
    egress: [],
    blobs: digestOfBlobs(blobIds),
    until: new Date(Date.now() + 60_000).toISOString(),
  });
  const claim = { patientId, blobIds, bytes: 10, files: 1, scratch: false };
  const refused = await remote.attach(id, permit, claim, soon()).then(
    () => undefined,
    (error: unknown) => Problem.from(error).code,
  );
  return { id, refused };
}

it('hands over what a viewer saved as it was, once the viewer is gone', async () => {
  const { id, refused } = await begin(true, true);
  expect(refused).toBeUndefined();
  const files = [
    { name: 'a.pdf', untrustedContent: randomBytes(3_000_000) },
    { name: 'b.png', untrustedContent: Buffer.alloc(0) },
    { name: 'c.txt', untrustedContent: Buffer.from('measured: 7 mm') },
  ];
  for (const { name, untrustedContent } of [...files, { name: 'd.exe', untrustedContent: 'x' }])
    writeFileSync(join(folder, 'sessions', id, 'results', name), untrustedContent);
  expect(await remote.withResults([newId(), id], soon())).toEqual([id]);
  const collected = await remote.collect(id, soon());
  expect(collected?.refused).toBe(1);
  expect(collected?.files.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
  // Not by the matcher, which takes its time over millions of numbers.
  const isSame = files.map(({ untrustedContent }, index) =>
    collected?.files[index]?.untrustedContent.equals(untrustedContent),
  );
  expect(isSame).toEqual([true, true, true]);
  expect(await remote.observe(id, 'viewer', soon())).toEqual({ status: 'absent' });
  await remote.remove(id, soon());
  expect(await remote.collect(id, soon())).toBeUndefined();
  expect(await remote.withResults([id], soon())).toEqual([]);
});

it('tells a folder that is empty from one that is gone', async () => {
  const { id } = await begin(true, true);
  expect(await remote.withResults([id], soon())).toEqual([]);
  expect(await remote.collect(id, soon())).toEqual({ files: [], refused: 0 });
  rmSync(join(folder, 'sessions'), { recursive: true });
  expect(await remote.collect(id, soon())).toBeUndefined();
});

it('shows nothing to a viewer that may save more, or less, than its permit says', async () => {
  expect((await begin(true, false)).refused).toBe('sessions.not-permitted');
  expect((await begin(false, true)).refused).toBe('sessions.not-permitted');
});

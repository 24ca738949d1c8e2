import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { buildTestImage } from '../../testing/test-image.js';
import { SystemMounts } from '../host/host-mounts.js';
import type { GuestSpec } from '../hypervisor-driver.js';
import { GUEST_UID } from './guest-options.js';
import { DockerDriver } from './docker.driver.js';

const mounts = new SystemMounts();
const installationId = newId();
const options = { signal: AbortSignal.timeout(120_000) };
let runDir: string;
let image: string;
let driver: DockerDriver;

beforeAll(async () => {
  runDir = await mkdtemp('/run/vitrine-test-');
  image = await buildTestImage();
  driver = new DockerDriver({ installationId, runDir, mounts });
});

afterAll(async () => {
  for (const guest of await driver.list(options)) await driver.destroy(guest.ref, options);
  driver.close();
  await mounts.release(runDir);
  await rm(runDir, { recursive: true, force: true });
});

const spec = (more: Partial<GuestSpec> = {}): GuestSpec => ({
  ownerId: newId(),
  role: 'viewer',
  imageDigest: image,
  network: 'none',
  mounts: [],
  limits: { cpus: 1, memoryMiB: 256, pids: 64, scratchMiB: 16 },
  ...more,
});

describe('the folders of a guest', () => {
  it('smoke', async () => {
    const session = join(runDir, 'sessions', newId());
    await mkdir(join(session, 'record'), { recursive: true });
    await mounts.share(join(runDir, 'sessions'));
    await mounts.tmpfs(join(session, 'record'), { sizeMiB: 4 });
    await mounts.tmpfs(join(session, 'display'), { sizeMiB: 1, uid: GUEST_UID, mode: 0o700 });
    await writeFile(join(session, 'record/open.json'), '{}');
    const wish = spec({
      command: ['display', '/run/display/vnc.sock'],
      mounts: [
        { hostPath: join(session, 'record'), guestPath: '/record', access: 'read' },
        { hostPath: join(session, 'display'), guestPath: '/run/display', access: 'read-write' },
      ],
      endpoint: { hostPath: join(session, 'display/vnc.sock'), ownerUid: GUEST_UID },
    });
    for (let i = 0; i < 10; i++) {
      const t0 = performance.now();
      const ref = await driver.create(driver.plan(wish), wish, options);
      const t1 = performance.now();
      await driver.start(ref, wish, options);
      const t2 = performance.now();
      const seen = await driver.observe(ref, options);
      expect(seen).toEqual({ status: 'running' });
      const t3 = performance.now();
      await driver.destroy(ref, options);
      console.log((t1 - t0).toFixed(1), (t2 - t1).toFixed(1), (performance.now() - t3).toFixed(1));
    }
  });
});

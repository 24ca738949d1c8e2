import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Isolation } from '@vitrine/hypervisor';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId, Problem } from '@vitrine/kernel';
import { ForgetfulCopier } from '../../testing/forgetful-copier.js';
import { testSessionHost } from '../../testing/test-session-host.js';
import { digestOfBlobs } from '../permits.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const soon = () => ({ signal: AbortSignal.timeout(5_000) });

describe('the place of the socket that leads out', () => {
  const id = newId();
  const patientId = newId();
  let root: string;
  let mounts: FakeMounts;
  let opened: ReturnType<typeof testSessionHost>;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'vitrine-egress-'));
    mounts = new FakeMounts();
    const driver = new FakeDriver();
    driver.engine.images.set('vitrine/plain:1', {
      digest: DIGEST,
      bytes: 1,
      createdAt: new Date(0),
      labels: {},
    });
    const settings = { runDir: root, dataDir: root, scratchDir: join(root, 'scratch') };
    opened = testSessionHost({ driver, mounts, settings, copier: new ForgetfulCopier() });
    await opened.host.prepare(id, soon());
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const start = (egress: boolean, isolation: Isolation = 'standard') =>
    opened.host.start(
      id,
      { role: 'viewer', imageDigest: DIGEST, isolation, registration: null, egress },
      soon(),
    );
  const attach = (egress: readonly string[]) =>
    opened.host.attach(
      id,
      opened.permits.sign({
        sessionId: id,
        by: { kind: 'account', id: newId() },
        patientId,
        imageDigest: DIGEST,
        isolation: 'standard',
        blobs: digestOfBlobs([]),
        egress,
        until: new Date(Date.now() + 60_000).toISOString(),
      }),
      { patientId, blobIds: [], bytes: 0, files: 0, scratch: false },
    );
  const mounted = async () => (await mounts.list()).some(({ path }) => path.endsWith(`${id}/egress`));
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => Problem.from(error).code,
    );

  it('is not there unless it was asked for', async () => {
    await start(false);
    await attach([]);
    expect(await mounted()).toBe(false);
  });

  it('is there once for a guest that may speak with somebody, and goes with the session', async () => {
    await start(true);
    await start(true);
    await attach(['tools.example.org']);
    expect((await mounts.list()).filter(({ path }) => path.endsWith('egress'))).toHaveLength(1);
    await opened.host.remove(id, soon());
    expect(await mounted()).toBe(false);
  });

  it('keeps the record away from a guest that was given it without a permit that says so', async () => {
    await start(true);
    expect(await refusal(attach([]))).toBe('sessions.not-permitted');
  });

  it('is not given to a guest whose permit came first and says nothing of it', async () => {
    await attach([]);
    expect(await refusal(start(true))).toBe('sessions.not-permitted');
    expect(await mounted()).toBe(false);
  });

  it.each(['strong', 'vm'] as const)('is not given to a guest within %s walls', async (isolation) => {
    expect(await refusal(start(true, isolation))).toBe('sessions.not-permitted');
    expect(await mounted()).toBe(false);
  });
});

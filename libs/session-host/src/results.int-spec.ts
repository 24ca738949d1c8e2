import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collectResults, type Isolation } from '@vitrine/hypervisor';
import { EngineFixture, engineIsolations, tagTestViewer } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { ForgetfulCopier, testSessionHost } from '../testing/index.js';
import { digestOfBlobs } from './permits.js';
import type { GuestWish } from './session-host.js';

const VIEWER = `vitrine-test/saver:${process.pid}`;
const MANIFEST = {
  id: 'saver',
  title: 'Saver',
  sentence: 'Saves everything that it can.',
  licence: 'Apache-2.0',
  formats: ['pdf'],
  resources: { cpus: 1, memoryMiB: 256, pids: 32, scratchMiB: 16 },
  results: true,
};

let engine: EngineFixture;

beforeAll(async () => {
  engine = await EngineFixture.open();
  await tagTestViewer(VIEWER, 'save', MANIFEST);
});
afterAll(async () => {
  await engine.close();
  execFileSync('docker', ['image', 'rm', '--force', VIEWER], { stdio: 'ignore' });
});

const openHost = () =>
  testSessionHost({
    driver: engine.driver,
    mounts: engine.mounts,
    settings: { runDir: engine.runDir, dataDir: engine.runDir, scratchDir: join(engine.runDir, 'scratch') },
    copier: new ForgetfulCopier(),
    images: { viewers: [VIEWER], guacd: 'vitrine-test/none:1', toolbox: 'vitrine-test/none:1' },
  });

/** Starts the hostile viewer as the session of somebody. Its folder. */
async function begin(id: string, isolation: Isolation): Promise<string> {
  const { host, permits } = openHost();
  const image = await host.findImage(VIEWER, engine.soon);
  const imageDigest = image?.digest ?? '';
  const registration = image?.registrations?.[isolation] ?? null;
  const [patientId, blobIds] = [newId(), [newId()]];
  const permit = permits.sign({
    sessionId: id,
    by: { kind: 'account', id: newId() },
    patientId,
    imageDigest,
    isolation,
    results: true,
    egress: [],
    blobs: digestOfBlobs(blobIds),
    until: new Date(Date.now() + 60_000).toISOString(),
  });
  await host.prepare(id, engine.soon);
  await host.attach(id, permit, { patientId, blobIds, bytes: 10, files: 1, scratch: false });
  const wish: GuestWish = {
    role: 'viewer',
    imageDigest,
    isolation,
    registration,
    results: true,
    egress: false,
  };
  const { writable } = await host.start(id, wish, engine.soon);
  expect(writable).toContain('/results');
  return join(engine.runDir, 'sessions', id);
}

describe.each(engineIsolations())('a hostile viewer that may leave results, within %s walls', (isolation) => {
  it('fills no more than its folder, runs nothing from it, and nothing but its one good file comes out', async () => {
    const id = newId();
    const folder = await begin(id, isolation);
    const { files: said } = await collectResults(join(folder, 'display'), [
      { name: 'said', maximumBytes: 100 },
    ]);
    const [, ran, wrote, made] =
      /^ran (\d), wrote (\d+) MiB, made (\d+) files$/.exec(String(said[0]?.untrustedContent)) ?? [];
    // Within strong walls its own kernel runs it, as whatever it is already.
    if (isolation === 'standard') expect(ran).toBe('0');
    expect(Number(wrote)).toBeLessThan(32);
    expect(Number(made)).toBeLessThan(64);
    const mount = (await engine.mounts.list()).find(({ path }) => path === join(folder, 'results'));
    expect([...(mount?.options ?? [])]).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noexec']));

    // A host that was started anew knows it, too.
    const { host } = openHost();
    expect(await host.withResults([id])).toEqual([id]);
    const { files, refused } = (await host.collect(id, engine.soon)) ?? { files: [], refused: 0 };
    expect(files.map(({ name, untrustedContent }) => [name, String(untrustedContent)])).toEqual([
      ['report.pdf', '%PDF-1.4\n'],
    ]);
    expect(refused).toBeGreaterThan(Number(made) + 10);
    expect(await host.observe(id, 'viewer', engine.soon)).toEqual({ status: 'absent' });

    await host.remove(id, engine.soon);
    expect((await engine.mounts.list()).filter(({ path }) => path.startsWith(folder))).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { DockerDriver, SystemMounts, type Isolation } from '@vitrine/hypervisor';
import { engineIsolations, STRONG_RUNTIME } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { RecordCopier, shippedImages, type ViewerNetwork } from '@vitrine/session-host';
import { Viewer, ViewerRegistrar } from '@vitrine/viewers';
import {
  addImaging,
  LAUNCH_STEPS,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../testing/index.js';
import type { KeptWalls } from './session.entity.js';
import { WarmPool } from './warm/warm-pool.js';

const data = resolve(process.env['VITRINE_TEST_DATA'] ?? '../shared/data');
const study = join(data, 'dicom/series/mr-brain-7t-t1');
const images = shippedImages();
const isolations = engineIsolations();
const admin = { kind: 'account', id: newId(), name: 'Admin' } as const;
const withStudy = existsSync(study) ? it : it.skip;
if (!existsSync(study))
  process.stdout.write(`Skipped: there is no study at ${study} (set VITRINE_TEST_DATA).\n`);

/** Lays out the slices of a real study, whatever the blobs are called. */
class StudyCopier extends RecordCopier {
  override layOut(
    _patientId: string,
    files: readonly { readonly path: string }[],
    targetDir: string,
  ): Promise<void> {
    const slices = readdirSync(study).sort();
    files.forEach(({ path }, index) => {
      mkdirSync(dirname(join(targetDir, path)), { recursive: true });
      copyFileSync(join(study, slices[index] ?? ''), join(targetDir, path));
    });
    return Promise.resolve();
  }
}

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const giveUp = Date.now() + 60_000; Date.now() < giveUp;) {
    const seen = look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`there was never ${what}`);
}

describe('a session on the real engine', () => {
  const installation = testInstallation({ warm: 1, bridges: 0 });
  const { settings } = installation;
  const mounts = new SystemMounts();
  const drivers: DockerDriver[] = [];
  const patientId = newId();
  let harness: SessionHarness;

  const open = () => {
    const driver = new DockerDriver({
      installationId: settings.installationId,
      runDir: settings.runDir,
      engineSocket: settings.engineSocket,
      mounts,
      strongRuntime: STRONG_RUNTIME,
    });
    drivers.push(driver);
    return openSessions({
      driver,
      mounts,
      settings,
      copier: new StudyCopier(),
      guacdReference: images.guacd,
    });
  };
  const leftovers = async () => ({
    guests: (await drivers[0]!.list({ signal: AbortSignal.timeout(5000) })).map((guest) => guest.ref.name),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${settings.runDir}/sessions/`)),
    folders: existsSync(join(settings.runDir, 'sessions'))
      ? readdirSync(join(settings.runDir, 'sessions'))
      : [],
  });

  /** As if it had passed its test within these walls, which is a test of its own (admission.int-spec.ts). */
  const offer = async (viewerId: string, isolation: Isolation) => {
    const registrar = harness.module.get(ViewerRegistrar);
    const { imageDigest } = await registrar.isolate(viewerId, isolation, admin);
    await registrar.report(
      viewerId,
      { at: new Date().toISOString(), imageDigest, passed: true, checks: [] },
      null,
      null,
    );
  };

  /** What is kept of the look at both guests, and what the patient's record of acts tells of it. */
  const expectWalls = async (
    id: string,
    network: ViewerNetwork,
    isolation: Isolation,
    walls: KeptWalls | null,
  ) => {
    const families = network === 'loopback' ? ['AF_UNIX', 'AF_INET', 'AF_INET6'] : ['AF_UNIX'];
    const record = { path: '/record', isReadOnly: true };
    expect(walls).toMatchObject({
      viewer: { socketFamilies: families, seccomp: 'filter', breaches: [] },
      guacd: { socketFamilies: ['AF_UNIX'], seccomp: 'filter', capabilities: [], breaches: [] },
    });
    expect(walls?.viewer.mounts).toContainEqual(expect.objectContaining(record));
    const lines = await harness.database.getRepository(AuditEvent).findBy({ action: 'session.checked' });
    const line = lines.find(({ entities }) => entities.some((entity) => entity.id === id));
    process.stdout.write(`told: ${JSON.stringify(line?.details)}\n`);
    expect(line?.details).toMatchObject({
      isolation,
      socketFamilies: families.join(' '),
      seccomp: 'filter',
      mounts: expect.stringMatching(/(^|, )\/record ro(, |$)/) as unknown,
      bridgeSocketFamilies: 'AF_UNIX',
      bridgeCapabilities: 'none',
    });
    if (isolation === 'standard') expect(line?.details).toMatchObject({ capabilities: 'none' });
  };

  beforeAll(async () => {
    harness = await open();
    for (const reference of images.viewers.slice(0, 2))
      await harness.module.get(ViewerRegistrar).registerShipped(reference);
  });
  afterAll(async () => {
    await harness.sessions.endAll();
    await harness.close();
    for (const driver of drivers) driver.close();
    await installation.remove();
  });

  withStudy.each([
    ...isolations.map((isolation) => ['aeskulap', isolation] as const),
    ['ohif', 'standard'] as const,
  ])('shows a study in %s within %s walls and leaves nothing behind', async (viewerId, isolation) => {
    await offer(viewerId, isolation);
    const { item } = await addImaging(harness.database, patientId, 20);
    const began = performance.now();
    const { id } = await harness.sessions.request({
      patientId,
      startedBy: { kind: 'account', id: newId(), name: 'Jane' },
      itemIds: [item.id],
      viewerId,
    });
    const asked = performance.now() - began;
    await harness.until(id, (one) => one.state === 'ready' || one.state === 'failed', 20_000);
    const ready = performance.now() - began;
    const { walls, plan } = await harness.until(
      id,
      (one) => one.viewerStatus === 'showing' || one.state === 'failed',
      60_000,
    );
    const showing = performance.now() - began;
    process.stdout.write(`${viewerId} ${isolation} ${JSON.stringify({ asked, ready, showing })}\n`);
    await expectWalls(id, plan.network, isolation, walls);
    const stopping = performance.now();
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
    process.stdout.write(`stopped in ${performance.now() - stopping} ms\n`);
    expect(await leftovers()).toEqual({ guests: [], mounts: [], folders: [] });
  });

  withStudy('shows a study in guests that ran before it was known whose it would be', async () => {
    await offer('aeskulap', 'standard');
    const { item } = await addImaging(harness.database, patientId, 20);
    const pool = harness.module.get(WarmPool);
    const { imageDigest } = await harness.database.getRepository(Viewer).findOneByOrFail({ id: 'aeskulap' });
    pool.start(Promise.resolve());
    const warm = await until('a warm pair', () =>
      [...pool['sets'].values()].find(({ made }) => made.includes(imageDigest)),
    );
    const began = performance.now();
    const { id } = await harness.sessions.request({
      patientId,
      startedBy: { kind: 'account', id: newId(), name: 'Jane' },
      itemIds: [item.id],
      viewerId: 'aeskulap',
    });
    expect(id).toBe(warm.id);
    await harness.until(id, (one) => one.state === 'ready', 20_000);
    const ready = performance.now() - began;
    const { walls } = await harness.until(id, (one) => one.viewerStatus === 'showing', 60_000);
    process.stdout.write(`warm ${JSON.stringify({ ready, showing: performance.now() - began })}\n`);
    expect(walls).toMatchObject({
      viewer: { interfaces: ['lo'], writable: ['/dev/shm', '/run/display', '/tmp'], breaches: [] },
      guacd: { interfaces: ['lo'], writable: ['/dev/shm', '/run/guacd', '/tmp'], breaches: [] },
    });
    await pool.drain();
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
    expect(await leftovers()).toEqual({ guests: [], mounts: [], folders: [] });
  });

  it.each([...LAUNCH_STEPS, 'after all'])(
    'finds everything again that a process left when it was killed %s',
    (step) => recovers(step),
  );

  /** A process of its own dies by SIGKILL; this one takes over. */
  async function recovers(step: string): Promise<void> {
    const owner = newId();
    const child = spawnSync(
      process.execPath,
      ['--import', '#typescript', 'libs/sessions/testing/launch-until-killed.ts', owner, step],
      {
        env: {
          PATH: process.env['PATH'],
          VITRINE_DATA_DIR: settings.dataDir,
          VITRINE_KEY_FILE: settings.vault.key.path,
          VITRINE_RUN_DIR: settings.runDir,
          VITRINE_ENGINE_SOCKET: settings.engineSocket,
        },
        encoding: 'utf8',
        timeout: 90_000,
      },
    );
    expect({ signal: child.signal, said: child.signal ? '' : child.stderr }).toEqual({
      signal: 'SIGKILL',
      said: '',
    });
    const [left] = await harness.sessions.liveOfPatient(owner);
    expect(left).toBeDefined();
    await harness.reconciler.sweep();
    const id = left!.id;
    await harness.until(id, (one) => one.state === 'ready', 30_000);
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
    expect(await leftovers()).toEqual({ guests: [], mounts: [], folders: [] });
  }
});

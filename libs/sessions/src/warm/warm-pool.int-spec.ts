import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AuditService } from '@vitrine/audit';
import type { ContainerInspectInfo } from 'dockerode';
import { DockerDriver, SystemMounts } from '@vitrine/hypervisor';
import { tagTestViewer } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { SessionHost, shippedImages } from '@vitrine/session-host';
import { ViewerRegistrar } from '@vitrine/viewers';
import { addImaging, openSessions, testInstallation, type SessionHarness } from '../../testing/index.js';
import { LaunchRegistry } from '../launch-registry.js';
import type { Session } from '../session.entity.js';
import { WarmPool } from './warm-pool.js';

const TAG = `vitrine-test/warm:${process.pid}`;
const MANIFEST = {
  id: 'warm',
  title: 'Kept warm',
  sentence: 'Says that it shows something.',
  licence: 'Apache-2.0',
  formats: ['dicom'],
  resources: { cpus: 1, memoryMiB: 256, pids: 32, scratchMiB: 16 },
};
const admin = { kind: 'account', id: newId(), name: 'Admin' } as const;
const patientId = newId();
const installation = testInstallation({ warm: 1, bridges: 0 });
const { settings } = installation;
const mounts = new SystemMounts();
const drivers: DockerDriver[] = [];
const soon = () => ({ signal: AbortSignal.timeout(30_000) });
const docker = (...args: readonly string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
let harness: SessionHarness;
let itemId: string;

/** A control plane with its pool; opened again it takes over from the one before. */
const open = (): Promise<SessionHarness> => {
  const { installationId, runDir, engineSocket } = settings;
  const driver = new DockerDriver({ installationId, runDir, engineSocket, mounts });
  drivers.push(driver);
  return openSessions({ driver, mounts, settings, guacdReference: shippedImages().guacd });
};
const warmed = async ({ module }: SessionHarness): Promise<string> => {
  const pool = module.get(WarmPool);
  pool.start(Promise.resolve());
  pool['hurry']();
  for (const giveUp = Date.now() + 60_000; Date.now() < giveUp;) {
    const [id] = pool['sets'].keys();
    if (id !== undefined) return id;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('there was never a warm pair');
};
const looked = async (at: SessionHarness): Promise<Session> => {
  const startedBy = { kind: 'account', id: patientId, name: 'Jane' } as const;
  const { id } = await at.sessions.request({ patientId, startedBy, itemIds: [itemId], viewerId: 'warm' });
  const session = await at.until(id, ({ state }) => state === 'ready', 30_000);
  // Its files may still come, and two processes of a test must not lay them out at once.
  await at.module.get(LaunchRegistry).get(id)?.settled;
  return session;
};
const containersOf = ({ guests }: Session): string[] =>
  [guests.viewer, guests.guacd].map(({ name }) => docker('inspect', '--format', '{{.Id}}', name));
const canaries = ({ guests }: Session): string =>
  docker(
    'exec',
    guests.viewer.name,
    'sh',
    '-c',
    'find / -path /proc -prune -o -name "canary*" -print 2>/dev/null; true',
  );
/** All that the engine was asked for, but for what names one session: its id, and the digest of the request with it. */
const madeAs = ({ id, guests }: Session): unknown =>
  [guests.viewer, guests.guacd].map(({ name }) => {
    const [container] = JSON.parse(docker('inspect', name).replaceAll(id, 'SESSION')) as [
      ContainerInspectInfo,
    ];
    const { Config, HostConfig, Image, Mounts } = container;
    const { 'org.vitrine.spec': digest, ...labels } = Config.Labels;
    expect(digest).toMatch(/^[0-9a-f]{32}$/);
    // The engine tells them in any order.
    const mounts = Mounts.sort((a, b) => a.Destination.localeCompare(b.Destination));
    return { image: Image, config: { ...Config, Labels: labels }, host: HostConfig, mounts };
  });
/** The lines of a session in the patient's record of acts, in their order. */
const told = async ({ id }: Session) => {
  const events = await harness.module.get(AuditService).ofPatient(patientId, 100);
  return events
    .filter(({ entities }) => entities.some((entity) => entity.id === id))
    .map(({ action, agent, details, outcome }) => ({ action, agent, details, outcome }));
};

beforeAll(async () => {
  harness = await open();
  await tagTestViewer(TAG, 'show', MANIFEST);
  const registrar = harness.module.get(ViewerRegistrar);
  const { imageDigest } = await registrar.register(TAG, admin);
  const host = harness.module.get(SessionHost);
  const id = newId();
  await host.prepare(id, { ...soon(), candidate: true });
  await host.start(id, { role: 'candidate', imageDigest, isolation: 'standard' }, soon());
  const registration = await host.register(id, soon());
  await host.remove(id, soon());
  const report = { at: new Date().toISOString(), imageDigest, passed: true, checks: [] };
  await registrar.report('warm', report, null, registration);
  itemId = (await addImaging(harness.database, patientId, 1)).item.id;
});
afterAll(async () => {
  await harness.sessions.endAll();
  await harness.close();
  for (const driver of drivers) driver.close();
  await installation.remove();
  docker('image', 'rm', '--force', TAG);
});

it('guests that waited are made, walled in, looked at and written down as those that start for somebody', async () => {
  await warmed(harness);
  const [warm, cold] = [await looked(harness), await looked(harness)];
  expect(harness.module.get(WarmPool)['sets'].size).toBe(0);
  expect(madeAs(warm)).toEqual(madeAs(cold));
  expect(warm.walls).toEqual(cold.walls);
  expect((await told(warm)).map(({ action }) => action)).toContain('session.checked');
  expect(await told(warm)).toEqual(await told(cold));
  for (const { id } of [warm, cold]) await harness.sessions.end(id, { reason: 'stopped' });
  expect(await told(warm)).toEqual(await told(cold));
});

/** Threat T8. */
it('guests that were handed to somebody are handed to nobody else, also by a process that takes over', async () => {
  const warm = await warmed(harness);
  const first = await looked(harness);
  expect(first.id).toBe(warm);
  const used = containersOf(first);
  for (const place of ['/tmp', '/dev/shm', '/run/display'])
    docker('exec', first.guests.viewer.name, 'sh', '-c', `echo mine > ${place}/canary-$$`);
  expect(canaries(first).split('\n')).toHaveLength(3);

  // As if the process had been killed: nothing of its end is done.
  const killed = harness;
  killed.module.get(WarmPool)['stopping'].abort();
  harness = await open();
  await harness.reconciler.takeOver();
  await harness.reconciler.sweep();
  expect(await harness.store.get(first.id)).toMatchObject({ state: 'ready' });
  expect(containersOf(first)).toEqual(used);
  expect(await warmed(harness)).not.toBe(first.id);
  expect(await harness.sessions.end(first.id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });

  for (let round = 0; round < 2; round++) {
    const next = await warmed(harness);
    const session = await looked(harness);
    expect(session.id).toBe(next);
    expect(containersOf(session).filter((id) => used.includes(id))).toEqual([]);
    expect(canaries(session)).toBe('');
    used.push(...containersOf(session));
    await harness.sessions.end(session.id, { reason: 'stopped' });
  }
  process.stdout.write(
    `\nHanded over once each: ${used.length} guests; files of an earlier person in them: 0\n`,
  );
  await killed.close();
});

import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DockerDriver, SystemMounts } from '@vitrine/hypervisor';
import { engineIsolations, STRONG_RUNTIME, tagTestViewer } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { SessionHost, shippedImages, type GuestWish } from '@vitrine/session-host';
import { ViewerRegistrar, type Viewer } from '@vitrine/viewers';
import { addImaging, openSessions, testInstallation, type SessionHarness } from '../testing/index.js';

const admin = { kind: 'account', id: newId(), name: 'Admin' } as const;
const manifest = (title: string) => ({
  id: 'movable',
  title,
  sentence: 'Says that it shows something.',
  licence: 'Apache-2.0',
  formats: ['dicom'],
  resources: { cpus: 1, memoryMiB: 256, pids: 32, scratchMiB: 16 },
});
const soon = () => ({ signal: AbortSignal.timeout(30_000) });
const docker = (...args: readonly string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** Threat T28: what was admitted is not what its name stands for any more. */
describe.each(engineIsolations())('a viewer within %s walls whose tag was moved', (isolation) => {
  const tag = `vitrine-test/movable:${process.pid}-${isolation}`;
  const patientId = newId();
  const installation = testInstallation({ warm: 0, bridges: 0 });
  const { settings } = installation;
  const mounts = new SystemMounts();
  const driver = new DockerDriver({
    installationId: settings.installationId,
    runDir: settings.runDir,
    engineSocket: settings.engineSocket,
    mounts,
    strongRuntime: STRONG_RUNTIME,
  });
  const table: string[] = [];
  const note = (attempt: string, outcome: string) => table.push(`${attempt.padEnd(56)} ${outcome}`);
  let harness: SessionHarness;
  let admitted: Viewer;
  let other: string;

  beforeAll(async () => {
    harness = await openSessions({ driver, mounts, settings, guacdReference: shippedImages().guacd });
    await tagTestViewer(tag, 'show', manifest('The one that was admitted'));
    admitted = await admit();
    await tagTestViewer(tag, 'show', manifest('The one that took its name'));
    other = docker('image', 'inspect', '--format', '{{.Id}}', tag);
    expect(other).not.toBe(admitted.imageDigest);
  });
  afterAll(async () => {
    process.stdout.write(`\nA tag that was moved, within ${isolation} walls:\n${table.join('\n')}\n`);
    await harness.sessions.endAll();
    await harness.close();
    driver.close();
    await installation.remove();
    docker('image', 'rm', '--force', tag, other);
  });

  const host = () => harness.module.get(SessionHost);
  /** Its test, but for the looks at its picture, which has none: the host registers what showed itself behind its walls. */
  const admit = async (): Promise<Viewer> => {
    const registrar = harness.module.get(ViewerRegistrar);
    await registrar.register(tag, admin);
    const { imageDigest } = await registrar.isolate('movable', isolation, admin);
    const id = newId();
    await host().prepare(id, { ...soon(), candidate: true });
    await host().start(id, { role: 'candidate', imageDigest, isolation }, soon());
    for (const giveUp = Date.now() + 30_000; (await host().word(id, soon())) !== 'showing';) {
      if (Date.now() > giveUp) throw new Error('it never said that it shows something');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const registration = await host().register(id, soon());
    await host().remove(id, soon());
    const report = { at: new Date().toISOString(), imageDigest, passed: true, checks: [] };
    return registrar.report('movable', report, null, registration);
  };
  const open = async () => {
    const { item } = await addImaging(harness.database, patientId, 1);
    const startedBy = { kind: 'account', id: patientId, name: 'Jane' } as const;
    return harness.sessions.request({ patientId, startedBy, itemIds: [item.id], viewerId: 'movable' });
  };
  const outcomeOf = (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'started',
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );

  it('is started as the image that was admitted, never as the new one', async () => {
    const { id } = await open();
    const session = await harness.until(id, ({ state }) => state === 'ready' || state === 'failed', 30_000);
    expect(session).toMatchObject({ state: 'ready', imageDigest: admitted.imageDigest });
    const runs = docker('inspect', '--format', '{{.Image}}', session.guests.viewer.name);
    expect(runs).toBe(admitted.imageDigest);
    note('open the viewer after its tag was moved', 'the admitted digest runs');
    await harness.sessions.end(id, { reason: 'stopped' });
  });

  it('cannot be started as the new one, by whatever the control plane says', async () => {
    const { registration } = admitted;
    const tries: Record<
      string,
      Pick<Extract<GuestWish, { role: 'viewer' }>, 'imageDigest' | 'registration'>
    > = {
      'the new image, as what was admitted': { imageDigest: other, registration },
      'the new image, as nothing': { imageDigest: other, registration: null },
      'the tag in the place of a digest': { imageDigest: tag, registration },
    };
    for (const [attempt, wish] of Object.entries(tries)) {
      const id = newId();
      await host().prepare(id, soon());
      const whole = { role: 'viewer', isolation, results: false, egress: false, ...wish } as const;
      const outcome = await outcomeOf(host().start(id, whole, soon()));
      note(attempt, outcome);
      expect([attempt, outcome]).toEqual([attempt, 'sessions.not-permitted']);
      await host().remove(id, soon());
    }
  });

  it('is not offered as the new one by being registered again: that one has a test of its own before it', async () => {
    const registrar = harness.module.get(ViewerRegistrar);
    const again = await registrar.register(tag, admin);
    expect(again).toMatchObject({ imageDigest: other, registration: null, state: 'testing' });
    const outcome = await outcomeOf(open());
    note('register the new image under the old name', outcome);
    expect(outcome).toBe('viewers.not-offered');
    await harness.database.manager.save(admitted);
  });

  it('is refused with a plain word when what was admitted is gone, also by a host that knew it', async () => {
    docker('image', 'rm', '--force', admitted.imageDigest);
    const { id } = await open();
    const session = await harness.until(id, ({ state }) => state === 'ready' || state === 'failed', 30_000);
    expect(session).toMatchObject({ state: 'failed', failure: 'hypervisor.image-missing' });
    expect((await driver.list(soon())).map(({ ref }) => ref.name)).toEqual([]);
    note('open it when the admitted image is gone', String(session.failure));
  });
});

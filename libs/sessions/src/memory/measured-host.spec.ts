import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import {
  addImaging,
  aViewer,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../../testing/index.js';
import { HostCapacity, sessionMiB } from '../host-capacity.js';
import type { Session } from '../session.entity.js';
import { ENOUGH } from './measured-rule.js';

const MIB = 1024 * 1024;
const image = (letter: string) => ({
  digest: `sha256:${letter.repeat(64)}`,
  bytes: 1,
  createdAt: new Date(0),
  labels: {},
});
const jane = { kind: 'account' as const, id: newId(), name: 'Jane' };

describe('admission by what sessions really take', () => {
  let installation: ReturnType<typeof testInstallation>;
  let clock: FakeClock;
  let driver: FakeDriver;
  let harness: SessionHarness;

  const ask = async () => {
    const patientId = newId();
    const { item } = await addImaging(harness.database, patientId);
    return harness.sessions.request({ patientId, startedBy: jane, itemIds: [item.id] });
  };
  const started = async () => {
    const { id } = await ask();
    return harness.until(id, ({ state, viewerStatus }) => state === 'ready' && viewerStatus === 'showing');
  };
  const stop = ({ id }: Session) => harness.sessions.end(id, { reason: 'stopped' });
  const learn = async (count = ENOUGH) => {
    for (let made = 0; made < count; made++) {
      const session = await started();
      clock.advance(60_000);
      expect(await stop(session)).toMatchObject({ state: 'ended', peakMiB: 80 });
    }
  };
  /** By limits, only one session fits from now on. */
  const onlyOne = ({ plan }: Session) =>
    (harness.module.get(HostCapacity).availableMiB = () => Math.floor(sessionMiB(plan) * 1.1));
  const stays = async (id: string) => {
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    return (await harness.store.get(id)).state;
  };

  beforeEach(async () => {
    installation = testInstallation({ startsAtOnce: 4, idleMs: 1e9 });
    clock = new FakeClock();
    driver = new FakeDriver();
    driver.engine.images.set('vitrine/guacd:1', image('c'));
    driver.engine.images.set('vitrine/plain:1', image('a'));
    driver.engine.memory.of = () => ({ used: 30 * MIB, peak: 40 * MIB });
    const { settings } = installation;
    harness = await openSessions({ driver, mounts: new FakeMounts(), clock, settings });
    await harness.database.manager.save(aViewer());
  });
  afterEach(async () => {
    await harness.sessions.endAll();
    driver.engine.close();
    await harness.close();
    await installation.remove();
  });

  it('lets in more than limits would once enough sessions were measured, up to what the machine has', async () => {
    await learn();
    const first = await started();
    onlyOne(first);
    const second = await started();
    expect((await harness.store.live()).map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    driver.engine.memory.available = 64 * MIB;
    // A look is good for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const third = await ask();
    expect(await stays(third.id)).toBe('requested');
    driver.engine.memory.available = 1024 ** 4;
    await harness.until(third.id, ({ state }) => state === 'ready');
  });

  it('counts limits as long as too few were measured', async () => {
    await learn(ENOUGH - 1);
    onlyOne(await started());
    expect(await stays((await ask()).id)).toBe('requested');
  });

  it('counts limits when nothing, or one of those that run, cannot be measured', async () => {
    await learn();
    const first = await started();
    onlyOne(first);
    driver.engine.memory.of = () => undefined;
    const second = await ask();
    expect(await stays(second.id)).toBe('requested');
    driver.memory = () => Promise.reject(new Error('nobody knows'));
    expect(await stays(second.id)).toBe('requested');
  });

  it('learns nothing from who looked for a moment only', async () => {
    const session = await started();
    clock.advance(59_000);
    expect(await stop(session)).toMatchObject({ state: 'ended', peakMiB: null });
  });
});

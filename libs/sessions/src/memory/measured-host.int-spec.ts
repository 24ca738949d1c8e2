import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { SessionHost } from '@vitrine/session-host';
import {
  addImaging,
  openOnEngine,
  testInstallation,
  type OnEngine,
  type SessionHarness,
} from '../../testing/index.js';
import { HostCapacity, sessionMiB } from '../host-capacity.js';
import { Session } from '../session.entity.js';
import { ENOUGH } from './measured-rule.js';

describe('admission by what sessions really take, on the real engine', () => {
  const installation = testInstallation({ warm: 0, bridges: 0 });
  let harness: SessionHarness;
  let end: OnEngine['end'];

  const start = async () => {
    const patientId = newId();
    const { item } = await addImaging(harness.database, patientId, 1);
    return harness.sessions.request({
      patientId,
      startedBy: { kind: 'account', id: newId(), name: 'Jane' },
      itemIds: [item.id],
    });
  };
  const ready = (id: string) =>
    harness.until(id, ({ state }) => state === 'ready' || state === 'failed', 60_000);

  beforeAll(async () => {
    ({ harness, end } = await openOnEngine(installation, 'aeskulap'));
  });
  afterAll(() => end());

  it('measures two guests by the kernel, and lets another in where their limits would not', async () => {
    const first = await ready((await start()).id);
    expect(first.state).toBe('ready');
    const limit = sessionMiB(first.plan);
    harness.module.get(HostCapacity).availableMiB = () => Math.floor(limit * 1.5);
    const { id } = await start();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await harness.store.get(id)).state).toBe('requested');

    const { sessions } = await harness.module
      .get(SessionHost)
      .memory([first.id], { signal: AbortSignal.timeout(5_000) });
    const [seen] = sessions;
    expect(seen).toMatchObject({ sessionId: first.id });
    expect(seen!.guestsMiB).toBeGreaterThan(10);
    expect(seen!.peakMiB).toBeGreaterThanOrEqual(seen!.guestsMiB);
    expect(seen!.peakMiB).toBeLessThan(limit / 2);
    // As if so many like it had been looked at before.
    await harness.database.manager.save(
      Array.from({ length: ENOUGH }, () =>
        Object.assign(new Session(), first, {
          id: newId(),
          state: 'ended',
          endedAt: first.createdAt,
          peakMiB: seen!.peakMiB,
        }),
      ),
    );
    // What is known of a viewer is read anew after half a minute.
    await harness.until(id, ({ state }) => state === 'ready', 60_000);
  });
});

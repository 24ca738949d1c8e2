import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import {
  addImaging,
  aViewer,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../testing/index.js';
import { StatusWatcher } from './status-watcher.js';

const image = (letter: string) => ({
  digest: `sha256:${letter.repeat(64)}`,
  bytes: 1,
  createdAt: new Date(0),
  labels: {},
});

describe('one start at a time', () => {
  const patientId = newId();
  let installation: ReturnType<typeof testInstallation>;
  let driver: FakeDriver;
  let harness: SessionHarness;
  let itemId: string;

  const request = () =>
    harness.sessions.request({
      patientId,
      startedBy: { kind: 'account', id: newId(), name: 'Jane' },
      itemIds: [itemId],
    });

  beforeEach(async () => {
    installation = testInstallation({ startsAtOnce: 1 });
    driver = new FakeDriver();
    driver.engine.images.set('vitrine/guacd:1', image('c'));
    driver.engine.images.set('vitrine/plain:1', image('a'));
    const { settings } = installation;
    harness = await openSessions({ driver, mounts: new FakeMounts(), settings });
    await harness.database.manager.save(aViewer());
    itemId = (await addImaging(harness.database, patientId)).item.id;
  });
  afterEach(async () => {
    await harness.sessions.endAll();
    driver.engine.close();
    await harness.close();
    await installation.remove();
  });

  it('lets the next one start when the viewer shows something, not already when its display answers', async () => {
    driver.engine.behaviour.word = 'opening';
    const { id } = await request();
    await harness.until(id, (one) => one.state === 'ready');
    const next = await request();
    // It does not: this waits for as long as it is told to.
    await harness.module.get(StatusWatcher).shown(id, 300);
    expect(await harness.store.get(next.id)).toMatchObject({ state: 'requested' });
    writeFileSync(join(installation.settings.runDir, 'sessions', id, 'display', 'status'), 'showing');
    await harness.until(next.id, (one) => one.state === 'ready');
  });

  it('lets the next one start when the viewer is closed before it shows anything', async () => {
    driver.engine.behaviour.word = 'opening';
    const { id } = await request();
    await harness.until(id, (one) => one.state === 'ready');
    const next = await request();
    await harness.sessions.end(id, { reason: 'stopped' });
    await harness.until(next.id, (one) => one.state === 'ready');
  });
});

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Collection } from '@vitrine/hypervisor';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId, Problem } from '@vitrine/kernel';
import { SessionHost } from '@vitrine/session-host';
import { leavesResults, Viewer, type ResultsChoice } from '@vitrine/viewers';
import {
  addImaging,
  aViewer,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../testing/index.js';
import { sessionMiB } from './host-capacity.js';
import { LaunchRegistry } from './launch-registry.js';
import type { SessionRequest } from './session.service.js';
import { ResultsKeeper } from './session-results.js';
import { madeFrom } from './warm/warm-guests.js';

const GUACD = { digest: `sha256:${'c'.repeat(64)}`, bytes: 1, createdAt: new Date(), labels: {} };
const VIEWER = { ...GUACD, digest: `sha256:${'a'.repeat(64)}` };
const soon = () => ({ signal: AbortSignal.timeout(5_000) });

/** Remembers what it was given, and what was still there then. */
class Keeper extends ResultsKeeper {
  readonly kept: { sessionId: string; names: string[]; contents: string[]; refused: number }[] = [];
  failure: Problem | Error | undefined;
  unheard: Error | undefined;
  look: () => unknown = () => undefined;
  readonly seen: unknown[] = [];
  readonly missed: string[] = [];
  readonly lost: { sessionId: string; code: string }[] = [];

  override keep({ id: sessionId }: { id: string }, { files, refused }: Collection): Promise<void> {
    this.seen.push(this.look());
    if (this.failure) return Promise.reject(this.failure);
    const contents = files.map(({ untrustedContent }) => untrustedContent.toString());
    this.kept.push({ sessionId, names: files.map(({ name }) => name), contents, refused });
    return Promise.resolve();
  }

  override lose({ id: sessionId }: { id: string }, code: string): Promise<void> {
    this.lost.push({ sessionId, code });
    return this.unheard ? Promise.reject(this.unheard) : Promise.resolve();
  }

  override miss({ id: sessionId }: { id: string }): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.missed.push(sessionId);
    return Promise.resolve();
  }
}

describe('what is saved in a viewer', () => {
  const patientId = newId();
  const jane = { kind: 'account' as const, id: newId(), name: 'Jane' };
  let installation: ReturnType<typeof testInstallation>;
  let driver: FakeDriver;
  let mounts: FakeMounts;
  let keeper: Keeper;
  let harness: SessionHarness;
  let itemId: string;

  beforeEach(async () => {
    installation = testInstallation();
    driver = new FakeDriver();
    driver.engine.images.set('vitrine/guacd:1', GUACD);
    driver.engine.images.set('vitrine/plain:1', VIEWER);
    keeper = new Keeper();
    mounts = new FakeMounts();
    const { settings } = installation;
    harness = await openSessions({ driver, mounts, settings, results: keeper });
    await harness.database.manager.save(aViewer({ results: 'on' }));
    itemId = (await addImaging(harness.database, patientId)).item.id;
  });
  afterEach(async () => {
    await harness.sessions.endAll();
    driver.engine.close();
    await harness.close();
    await installation.remove();
  });

  const folderOf = (id: string) => join(installation.settings.runDir, 'sessions', id);
  const viewerOf = (id: string) =>
    [...driver.engine.guests.values()].find(({ spec }) => spec.role === 'viewer' && spec.ownerId === id);
  const start = async (change: Partial<SessionRequest> = {}) => {
    const { id } = await harness.sessions.request({
      patientId,
      startedBy: jane,
      itemIds: [itemId],
      ...change,
    });
    const session = await harness.until(id, ({ state }) => state === 'ready');
    // It goes on with what the viewer does not need to be ready, and that is no part of these tests.
    await harness.module.get(LaunchRegistry).get(id)?.settled;
    return session;
  };
  const save = (id: string, name: string) => writeFileSync(join(folderOf(id), 'results', name), `of ${name}`);
  const hasFolder = (id: string) => existsSync(join(folderOf(id), 'results'));
  const end = (id: string) => harness.sessions.end(id, { reason: 'stopped' });

  it('is handed over once the viewer is gone and before its folder is', async () => {
    const { id } = await start();
    expect(viewerOf(id)?.spec.mounts.at(-1)).toMatchObject({ guestPath: '/results', access: 'read-write' });
    save(id, 'report.pdf');
    save(id, 'cmd.csv');
    keeper.look = () => ({ viewer: viewerOf(id), folder: hasFolder(id) });
    expect((await end(id)).state).toBe('ended');
    const contents = ['of report.pdf'];
    expect(keeper.kept).toEqual([{ sessionId: id, names: ['report.pdf'], contents, refused: 1 }]);
    expect(keeper.seen).toEqual([{ viewer: undefined, folder: true }]);
    expect(existsSync(folderOf(id))).toBe(false);
  });

  it('is handed over also when the viewer crashed', async () => {
    const { id } = await start();
    save(id, 'report.pdf');
    driver.engine.end(viewerOf(id)!, 1);
    await harness.reconciler.sweep();
    expect(await harness.store.get(id)).toMatchObject({ state: 'failed', endReason: 'viewer-crashed' });
    expect(keeper.kept).toMatchObject([{ names: ['report.pdf'] }]);
  });

  it('has no place where nobody allowed it, and none in a session that is only for looking', async () => {
    const closed: [ResultsChoice, boolean][] = [
      ['none', false],
      ['off', false],
      ['on', true],
    ];
    for (const [results, readOnly] of closed) {
      await harness.database.manager.update(Viewer, { id: 'plain' }, { results });
      const { id, plan } = await start({ readOnly });
      expect(plan.results).toBe(false);
      expect(hasFolder(id)).toBe(false);
      expect(viewerOf(id)?.spec.mounts.map(({ guestPath }) => guestPath)).not.toContain('/results');
      await end(id);
    }
    expect(keeper.seen).toEqual([]);
  });

  it('waits in the session while its keeper cannot be reached, and is handed over then', async () => {
    const { id } = await start();
    save(id, 'report.pdf');
    keeper.failure = new Problem('kernel.database-away');
    expect((await end(id)).state).toBe('stopping');
    expect(hasFolder(id)).toBe(true);
    keeper.failure = undefined;
    await harness.reconciler.sweep();
    expect((await harness.store.get(id)).state).toBe('ended');
    expect(keeper.kept).toMatchObject([{ names: ['report.pdf'] }]);
  });

  it('keeps no session from ending, also when it can never be kept', async () => {
    const { id } = await start();
    save(id, 'report.pdf');
    keeper.failure = new Error('a bug');
    keeper.unheard = new Error('another');
    expect((await end(id)).state).toBe('ended');
    expect(existsSync(folderOf(id))).toBe(false);
  });

  it('is told of to the patient when it can never be kept, and not while it is tried again', async () => {
    const { id } = await start();
    save(id, 'report.pdf');
    keeper.failure = new Problem('kernel.database-away');
    await end(id);
    expect(keeper.lost).toEqual([]);
    keeper.failure = new Error('a bug');
    await harness.reconciler.sweep();
    expect(keeper.lost).toEqual([{ sessionId: id, code: 'kernel.unexpected' }]);
  });

  describe('when the machine stops before it is taken out', () => {
    const look = async () => (await harness.reconciler.feelPulses()).looks;
    /** What a reboot does: guests end, and what lies in memory is gone. */
    const stop = async (id: string) => {
      driver.engine.end(viewerOf(id)!, 137);
      await mounts.release(folderOf(id));
      rmSync(folderOf(id), { recursive: true });
    };
    const startAnew = () => harness.reconciler.takeOver();

    it('is told of to the patient, once', async () => {
      const { id } = await start();
      save(id, 'report.pdf');
      await look();
      await stop(id);
      await startAnew();
      expect((await harness.store.get(id)).state).toBe('failed');
      expect(keeper.missed).toEqual([id]);
      await harness.reconciler.sweep();
      expect(keeper.missed).toEqual([id]);
      expect(keeper.kept).toEqual([]);
    });

    it('is told of when the database is there again', async () => {
      const { id } = await start();
      save(id, 'report.pdf');
      await look();
      // Before it stops: the end of a guest is heard of at once, too.
      keeper.failure = new Problem('kernel.database-away');
      await stop(id);
      await startAnew();
      expect((await harness.store.get(id)).state).toBe('stopping');
      keeper.failure = undefined;
      await harness.reconciler.sweep();
      expect((await harness.store.get(id)).state).toBe('failed');
      expect(keeper.missed).toEqual([id]);
    });

    it('is not told of where nothing was saved, or what was saved was taken away again', async () => {
      const [none, gone] = [(await start()).id, (await start()).id];
      save(gone, 'report.pdf');
      await look();
      rmSync(join(folderOf(gone), 'results', 'report.pdf'));
      await look();
      for (const id of [none, gone]) await stop(id);
      await startAnew();
      expect((await harness.store.get(gone)).state).toBe('failed');
      expect(keeper.missed).toEqual([]);
    });

    it('is not told of where the folder was seen empty in the end, and the end was cut off', async () => {
      const { id } = await start();
      save(id, 'report.pdf');
      await look();
      rmSync(join(folderOf(id), 'results', 'report.pdf'));
      const host = harness.module.get(SessionHost);
      const remove = jest.spyOn(host, 'remove').mockRejectedValue(new Problem('hypervisor.unreachable'));
      expect((await end(id)).state).toBe('stopping');
      remove.mockRestore();
      await mounts.release(folderOf(id));
      rmSync(folderOf(id), { recursive: true });
      await harness.reconciler.sweep();
      expect((await harness.store.get(id)).state).toBe('ended');
      expect(keeper.missed).toEqual([]);
    });

    it('is taken out all the same where only the engine or the host was started anew', async () => {
      const { id } = await start();
      save(id, 'report.pdf');
      await look();
      driver.engine.end(viewerOf(id)!, 137);
      await startAnew();
      expect(keeper.missed).toEqual([]);
      expect(keeper.kept).toMatchObject([{ names: ['report.pdf'] }]);
    });
  });

  it('counts as memory of the session', async () => {
    const { plan } = await start();
    expect(sessionMiB(plan) - sessionMiB({ ...plan, results: false })).toBe(32);
  });

  it('makes guests of another kind, so that no warm one has a folder that it must not have', () => {
    const wish = (results: ResultsChoice) => madeFrom({ viewer: aViewer({ results }), guacdDigest: 'x' });
    expect(wish('on')).not.toBe(wish('off'));
    expect(wish('none')).toBe(wish('off'));
    expect(leavesResults(aViewer({ results: 'off' }))).toBe(false);
  });

  it('is nothing where the session was permitted nothing, whoever asks', async () => {
    const host = harness.module.get(SessionHost);
    const id = newId();
    await host.prepare(id, soon());
    const image = { imageDigest: VIEWER.digest, isolation: 'standard', registration: null } as const;
    await host.start(id, { role: 'viewer', ...image, results: true, egress: false }, soon());
    save(id, 'report.pdf');
    expect(await host.collect(id, soon())).toBeUndefined();
    expect(await host.withResults([id], soon())).toEqual([]);
    expect(viewerOf(id)?.status).toBe('running');
    expect(await host.collect(newId(), soon())).toBeUndefined();
    await host.remove(id, soon());
  });
});

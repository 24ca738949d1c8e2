import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Grant, ShareLink } from '@vitrine/delegation';
import type { GuestSpec } from '@vitrine/hypervisor';
import { FakeDriver, FakeEngine, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { SessionHost } from '@vitrine/session-host';
import {
  doomedDriver,
  doomedMounts,
  LAUNCH_STEPS,
  type AtStep,
  addImaging,
  aViewer,
  FakeCopier,
  knowFrozen,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../testing/index.js';
import { LaunchRegistry } from './launch-registry.js';
import { Launcher } from './launcher.js';
import { SessionCheck } from './session-check.js';
import { Session, type SessionAgent } from './session.entity.js';

const MINUTE_MS = 60_000;
const DIGEST = (letter: string) => ({
  digest: `sha256:${letter.repeat(64)}`,
  bytes: 1,
  createdAt: new Date(0),
  labels: {},
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Stands for a process that is killed at one step: what it began does not return, until the test is over. */
class Doom {
  private readonly over: ((error: Error) => void)[] = [];

  constructor(private readonly dieAt: string) {}

  readonly at: AtStep = (step) =>
    step === this.dieAt ? new Promise((_, reject) => this.over.push(reject)) : Promise.resolve();

  /** Returns when the step was reached and what goes on beside it has come to its end. */
  async reached(): Promise<void> {
    for (const giveUp = Date.now() + 10_000; this.over.length === 0; await pause(10))
      if (Date.now() > giveUp) throw new Error(`${this.dieAt} was not reached`);
    await pause(250);
  }

  release(): void {
    for (const reject of this.over) reject(new Error('the test is over'));
  }
}

describe('Reconciler', () => {
  const patientId = newId();
  let installation: ReturnType<typeof testInstallation>;
  let clock: FakeClock;
  let engine: FakeEngine;
  let mounts: FakeMounts;
  const opened: SessionHarness[] = [];
  let doom = new Doom('');

  const open = async (at: AtStep = () => Promise.resolve()) => {
    const copier = new FakeCopier();
    copier.before = () => at('before copying');
    const harness = await openSessions({
      driver: doomedDriver(new FakeDriver(engine), at),
      mounts: doomedMounts(mounts, at),
      copier,
      clock,
      settings: installation.settings,
    });
    opened.push(harness);
    return harness;
  };
  const request = async (
    harness: SessionHarness,
    startedBy: SessionAgent = { kind: 'account', id: newId(), name: 'J' },
  ) => {
    await harness.database.manager.save(aViewer());
    const { item } = await addImaging(harness.database, patientId);
    return harness.sessions.request({ patientId, startedBy, itemIds: [item.id] });
  };
  const ready = async (harness: SessionHarness) => {
    const { id } = await request(harness);
    return harness.until(id, (one) => one.state === 'ready' && one.viewerStatus === 'showing');
  };
  const folders = () => {
    const root = join(installation.settings.runDir, 'sessions');
    return existsSync(root) ? readdirSync(root) : [];
  };
  const expectNothingLeft = async () => {
    expect([...engine.guests.keys()]).toEqual([]);
    // The folder of all sessions is a shared mount as long as the installation lives.
    const below = (await mounts.list()).filter(({ propagation }) => propagation !== 'shared');
    expect(below).toEqual([]);
    expect(folders()).toEqual([]);
  };

  beforeEach(() => {
    installation = testInstallation();
    clock = new FakeClock();
    mounts = new FakeMounts();
    engine = new FakeEngine();
    engine.images.set('vitrine/guacd:1', DIGEST('c'));
    engine.images.set('vitrine/plain:1', DIGEST('a'));
  });
  afterEach(async () => {
    engine.reachable = true;
    engine.close();
    doom.release();
    for (const harness of opened.splice(0)) await harness.close();
    await installation.remove();
  });

  describe.each(LAUNCH_STEPS)('after a process was killed %s', (step) => {
    const killed = async () => {
      doom = new Doom(step);
      const first = await open(doom.at);
      const { id } = await request(first);
      await doom.reached();
      return id;
    };

    it('goes on with the start while there is time, and a stop then leaves nothing', async () => {
      const id = await killed();
      const second = await open();
      await second.reconciler.sweep();
      await second.until(id, (one) => one.state === 'ready' && one.viewerStatus === 'showing');
      expect(await second.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
      await expectNothingLeft();
    });

    it('leaves nothing when the time for the start is over', async () => {
      const id = await killed();
      clock.advance(31 * MINUTE_MS);
      const second = await open();
      await second.reconciler.sweep();
      const seen = await second.store.get(id);
      // A display that was up already is a session, and ends by its own clock.
      const late = { state: 'failed', endReason: 'took-too-long' };
      expect(seen).toMatchObject(seen.readyAt === null ? late : { state: 'ended', endReason: 'idle' });
      await expectNothingLeft();
    });
  });

  it.each([
    ['is ending', false],
    ['has ended', true],
  ])('does not begin a start again that %s since its row was read', async (_, isOver) => {
    doom = new Doom('before creating viewer');
    const first = await open(doom.at);
    const { id } = await request(first);
    await doom.reached();
    const second = await open();
    const read = await second.store.get(id);
    const ended = second.sessions.end(id, { reason: 'stopped' });
    if (isOver) await ended;
    const launch = jest.spyOn(second.module.get(Launcher), 'launch');
    await second.module.get(SessionCheck).check(read);
    expect(launch).not.toHaveBeenCalled();
    await ended;
    await expectNothingLeft();
  });

  it('adopts what runs, without touching it', async () => {
    const first = await open();
    const { id } = await ready(first);
    const before = new Map(engine.guests);
    const second = await open();
    await second.store.setUnverified(true);
    expect((await second.store.get(id)).unverified).toBe(true);
    await second.reconciler.sweep();
    expect(await second.store.get(id)).toMatchObject({ state: 'ready', unverified: false });
    expect(new Map(engine.guests)).toEqual(before);
  });

  it('keeps a session while the engine does not answer', async () => {
    const harness = await open();
    const { id } = await ready(harness);
    engine.reachable = false;
    await harness.reconciler.sweep();
    expect(await harness.store.get(id)).toMatchObject({ state: 'ready', unverified: true });
    engine.reachable = true;
    await harness.reconciler.sweep();
    expect(await harness.store.get(id)).toMatchObject({ state: 'ready', unverified: false });
  });

  it('ends a session whose guest is gone, and one whose viewer has ended', async () => {
    const harness = await open();
    const [lost, crashed] = [await ready(harness), await ready(harness)];
    engine.remove(engine.guests.get(lost.guests.viewer.name)!);
    engine.end(engine.guests.get(crashed.guests.viewer.name)!, 139);
    await harness.reconciler.sweep();
    expect(await harness.store.get(lost.id)).toMatchObject({ state: 'failed', endReason: 'guest-lost' });
    expect(await harness.store.get(crashed.id)).toMatchObject({
      state: 'failed',
      endReason: 'viewer-crashed',
    });
    await expectNothingLeft();
  });

  it('tells that a viewer was ended because it had used up its memory', async () => {
    const harness = await open();
    const { id, guests } = await ready(harness);
    engine.end(engine.guests.get(guests.viewer.name)!, 137, 'out of memory');
    await harness.reconciler.sweep();
    expect(await harness.store.get(id)).toMatchObject({ state: 'failed', endReason: 'out-of-memory' });
    await expectNothingLeft();
  });

  it('knows at start what the engine has lost, and looks closer at the others when it already serves', async () => {
    const first = await open();
    const [lost, silent] = [await ready(first), await ready(first)];
    engine.remove(engine.guests.get(lost.guests.viewer.name)!);
    engine.frozen.add(silent.guests.viewer.name);
    const second = await open();
    knowFrozen(second.module.get(SessionHost), engine);
    await second.reconciler.takeOver();
    expect(await second.store.get(lost.id)).toMatchObject({ state: 'failed', endReason: 'guest-lost' });
    expect(await second.store.get(silent.id)).toMatchObject({ state: 'ready', unverified: true });
    await second.reconciler.sweep();
    expect(await second.store.get(silent.id)).toMatchObject({ state: 'failed', endReason: 'viewer-crashed' });
    await expectNothingLeft();
  });

  it('gives a session a new display bridge when the old one died', async () => {
    const harness = await open();
    const session = await ready(harness);
    engine.end(engine.guests.get(session.guests.guacd.name)!, 1);
    await harness.reconciler.sweep();
    expect(engine.guests.get(session.guests.guacd.name)?.status).toBe('running');
    expect((await harness.store.get(session.id)).state).toBe('ready');
  });

  it('ends a session whose time is up, and one that nobody touches', async () => {
    const harness = await open();
    const { id } = await ready(harness);
    clock.advance(installation.settings.sessions.idleMs - 1000);
    await harness.reconciler.sweep();
    expect((await harness.store.get(id)).state).toBe('ready');
    clock.advance(1000);
    await harness.reconciler.sweep();
    expect(await harness.store.get(id)).toMatchObject({ state: 'ended', endReason: 'idle' });

    const other = await ready(harness);
    clock.advance(installation.settings.sessions.maximumMs);
    await harness.reconciler.sweep();
    expect(await harness.store.get(other.id)).toMatchObject({ state: 'ended', endReason: 'time-up' });
  });

  it('takes away guests and folders that belong to no session', async () => {
    const orphan = newId();
    const spec: GuestSpec = {
      ownerId: orphan,
      role: 'viewer',
      imageDigest: DIGEST('a').digest,
      network: 'none',
      mounts: [],
      limits: { cpus: 1, memoryMiB: 1, pids: 1, scratchMiB: 1 },
    };
    const driver = new FakeDriver(engine);
    await driver.create(driver.plan(spec), spec, { signal: AbortSignal.timeout(1000) });
    mkdirSync(join(installation.settings.runDir, 'sessions', orphan, 'record'), { recursive: true });
    await mounts.tmpfs(join(installation.settings.runDir, 'sessions', orphan, 'record'));
    clock.advance(Date.now() + 11 * MINUTE_MS - clock.now().getTime());
    const harness = await open();
    await harness.reconciler.sweep();
    await expectNothingLeft();
  });

  it('takes away at once what is left of a session that is over', async () => {
    const harness = await open();
    const { id } = await ready(harness);
    // What still lays the record out would be ended with a session; here only its row is.
    await harness.module.get(LaunchRegistry).get(id)?.settled;
    await harness.database.getRepository(Session).update({ id }, { state: 'ended' });
    await harness.reconciler.sweep();
    await expectNothingLeft();
  });

  it('ends what a visitor started once the link is revoked', async () => {
    const harness = await open();
    const link = Object.assign(new ShareLink(), {
      id: newId(),
      secretHash: 'a',
      patientId,
      itemIds: [],
      viewerId: 'plain',
      sessionId: null,
      control: 'view' as const,
      label: 'Dr W',
      recipientEmail: null,
      passcodeHash: null,
      maximumUses: 1,
      createdAt: clock.instant(),
      expiresAt: clock.inMs(MINUTE_MS),
      revokedAt: null as string | null,
    });
    const grant = Object.assign(new Grant(), {
      id: newId(),
      linkId: link.id,
      secretHash: 'b',
      visitorName: 'W',
      sessionId: null,
      createdAt: clock.instant(),
      expiresAt: clock.inMs(MINUTE_MS),
      revokedAt: null,
    });
    await harness.database.manager.save([link]);
    await harness.database.manager.save([grant]);
    const { id } = await request(harness, { kind: 'visitor', id: grant.id, name: 'W' });
    await harness.until(id, (one) => one.state === 'ready');
    await harness.reconciler.sweep();
    expect((await harness.store.get(id)).state).toBe('ready');
    link.revokedAt = clock.instant();
    await harness.database.manager.save(link);
    await harness.reconciler.sweep();
    expect(await harness.store.get(id)).toMatchObject({ state: 'ended', endReason: 'revoked' });
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { CONTRACT } from '@vitrine/session-host';
import {
  addImaging,
  FakeCopier,
  openOnEngine,
  plainBytesOf,
  testInstallation,
  type OnEngine,
  type SessionHarness,
} from '../testing/index.js';
import { isOver } from './session-machine.js';
import { Session } from './session.entity.js';

const FILES = 5;
const PLAIN = plainBytesOf('');

/** The processes that serve sealed files of this installation. */
const servers = (place: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => {
      const line = commandOf(id);
      return line.includes('gocryptfs') && line.includes(place);
    });

const commandOf = (id: number): string => {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'latin1');
  } catch {
    return '';
  }
};

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a session whose files are too large for memory', () => {
  const installation = testInstallation({ filesMiB: 0, warm: 0, bridges: 0 });
  const { settings } = installation;
  const { dataDir, runDir } = settings;
  const copier = new FakeCopier();
  const patientId = newId();
  let harness: SessionHarness;
  let engine: OnEngine;

  beforeAll(async () => {
    engine = await openOnEngine(installation, 'aeskulap', copier);
    harness = engine.harness;
  });
  afterAll(() => engine.end());

  const scratch = settings.scratchDir;
  const filesOf = (id: string) => join(runDir, 'sessions', id, 'files');
  const isLaidOut = (id: string) => existsSync(join(filesOf(id), 'open.json'));
  const start = async () => {
    const { item, files } = await addImaging(harness.database, patientId, FILES);
    const startedBy = { kind: 'account' as const, id: newId(), name: 'Jane' };
    const { id } = await harness.sessions.request({ patientId, startedBy, itemIds: [item.id] });
    await harness.until(id, ({ state }) => state === 'ready' || isOver(state), 30_000);
    await harness.until(id, () => isLaidOut(id), 10_000);
    return { id, blobs: files.map(({ blobId }) => blobId) };
  };
  const laidOut = (id: string) =>
    readdirSync(join(filesOf(id), 'item-1'))
      .sort()
      .map((name) => readFileSync(join(filesOf(id), 'item-1', name), 'utf8'));
  /** Files on the disk that contain what nobody may read there. */
  const betraying = () => {
    const places = [dataDir, scratch].filter((place) => existsSync(place));
    const { stdout } = spawnSync(
      'grep',
      ['--recursive', '--files-with-matches', '--text', PLAIN, ...places],
      { encoding: 'utf8' },
    );
    return stdout.split('\n').filter((line) => line !== '');
  };
  const leftovers = () => ({
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${runDir}/sessions/`)),
    folders: existsSync(join(runDir, 'sessions')) ? readdirSync(join(runDir, 'sessions')) : [],
    scratch: existsSync(scratch) ? readdirSync(scratch) : [],
    servers: servers(runDir),
  });
  /** What serves a mount ends by itself a moment after it has gone. */
  const untilAllIsGone = async () => {
    for (const end = Date.now() + 5_000; servers(runDir).length > 0 && Date.now() < end; await pause());
    expect(leftovers()).toEqual(NOTHING);
  };
  const NOTHING = { mounts: [], folders: [], scratch: [], servers: [] };

  it('shows them read-only to the guest, has them sealed on the disk, and leaves nothing behind', async () => {
    const { id, blobs } = await start();
    expect(laidOut(id)).toEqual(blobs.map(plainBytesOf));
    const all = await engine.mounts.list();
    const at = (name: string) => all.find(({ path }) => path === join(runDir, 'sessions', id, name));
    expect(at('files')?.type).toBe('fuse.gocryptfs');
    expect(at('shown')?.type).toBe('fuse.gocryptfs');
    expect([...(at('shown')?.options ?? [])]).toEqual(
      expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']),
    );
    expect(statSync(filesOf(id))).toMatchObject({ uid: CONTRACT.uid, mode: 0o40500 });
    expect(readdirSync(join(scratch, id)).length).toBeGreaterThan(0);
    expect(betraying()).toEqual([]);
    expect(commandOf(servers(runDir)[0] ?? 0)).not.toMatch(/[0-9a-f]{64}/);
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
    await untilAllIsGone();
  });

  it('lays them out anew when what serves them was killed', async () => {
    const { id, blobs } = await start();
    const [server = 0] = servers(runDir);
    process.kill(server, 'SIGKILL');
    await harness.until(id, () => !isLaidOut(id), 5_000);
    await harness.reconciler.sweep();
    await harness.until(id, () => isLaidOut(id), 10_000);
    expect(laidOut(id)).toEqual(blobs.map(plainBytesOf));
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
    await untilAllIsGone();
  });

  it('can be ended when what serves them was killed', async () => {
    const { id } = await start();
    process.kill(servers(runDir)[0] ?? 0, 'SIGKILL');
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
    await untilAllIsGone();
  });

  it.each(['before copying', 'after all'])(
    'betrays nothing when the process is killed %s, and the next one takes all of it away',
    async (step) => {
      const owner = newId();
      const child = launchUntilKilled(owner, step);
      expect({ signal: child.signal, said: child.signal ? '' : child.stderr }).toEqual({
        signal: 'SIGKILL',
        said: '',
      });
      expect(servers(runDir)).toHaveLength(1);
      expect(betraying()).toEqual([]);
      const [left] = await harness.sessions.liveOfPatient(owner);
      await harness.reconciler.sweep();
      const id = left!.id;
      await harness.until(id, ({ state }) => state === 'ready', 30_000);
      await harness.until(id, () => isLaidOut(id), 10_000);
      // Whose row is over is an orphan: the sweep takes it away without anybody ending it.
      await harness.database.getRepository(Session).update({ id }, { state: 'ended' });
      await harness.reconciler.sweep();
      await untilAllIsGone();
      expect(betraying()).toEqual([]);
    },
  );

  function launchUntilKilled(owner: string, step: string) {
    return spawnSync(
      process.execPath,
      [...['--import', '#typescript'], ...['libs/sessions/testing/launch-until-killed.ts', owner, step]],
      {
        env: {
          PATH: process.env['PATH'],
          VITRINE_DATA_DIR: dataDir,
          VITRINE_KEY_FILE: settings.vault.key.path,
          VITRINE_RUN_DIR: runDir,
          VITRINE_SCRATCH_DIR: scratch,
          VITRINE_ENGINE_SOCKET: settings.engineSocket,
          VITRINE_SESSION_FILES_MIB: '0',
        },
        encoding: 'utf8',
        timeout: 90_000,
      },
    );
  }
});

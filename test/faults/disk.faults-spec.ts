import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { LoopDisk } from '@vitrine/vault/testing';
import type { SessionView } from '../support/api-client.js';
import { NOTHING_LEFT, showsLife, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
const MIB = 1024 ** 2;
/** Each start that still works takes a little of what was kept for it. */
const MOST_STARTS = 40;
/** Some 40 MiB, which take a moment to lay out. */
const SLICES = 80;

const isOver = ({ state }: SessionView): boolean => state === 'ended' || state === 'failed';

/** Something else on the machine, which takes every byte that it can get. */
class Hog {
  constructor(private readonly file: string) {}

  take(): void {
    const file = openSync(this.file, 'a');
    try {
      for (const size of [MIB, 4096])
        try {
          for (;;) writeSync(file, Buffer.alloc(size, 1));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ENOSPC' });
        }
    } finally {
      closeSync(file);
    }
  }

  /** Names, not bytes: as many empty files as there can be. */
  takeNames(): void {
    mkdirSync(this.names, { recursive: true });
    try {
      for (let n = 0; ; n++) closeSync(openSync(join(this.names, String(n)), 'wx'));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }

  giveBack(): void {
    rmSync(this.file, { force: true });
    rmSync(this.names, { recursive: true, force: true });
  }

  private get names(): string {
    return `${this.file}.d`;
  }
}

const opened = (bytes: number): LoopDisk | undefined => {
  const disk = LoopDisk.open(bytes);
  // Everybody may pass, as through the folders of a real machine.
  if (disk) [dirname(disk.folder), disk.folder].forEach((folder) => chmodSync(folder, 0o755));
  return disk;
};

const data = opened(160 * MIB);
(data === undefined ? describe.skip : describe)('a full disk below the database', () => {
  const hog = new Hog(join(data?.folder ?? '', 'somebody.log'));
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start({
      VITRINE_DATA_DIR: join(data?.folder ?? '', 'data'),
      VITRINE_SESSIONS_PER_PERSON: String(MOST_STARTS + 1),
    });
  }, 360_000);
  afterAll(async () => {
    hog.giveBack();
    await viewing.close();
    data?.close();
  });

  it('F16: lets no session begin by half, keeps those that run, and lets them begin again when there is room', async () => {
    const { patient, itemIds } = viewing;
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    let refused: { status: number; code: string } | undefined;
    for (let n = 0; n < MOST_STARTS && refused === undefined; n++) {
      hog.take();
      const answer = await patient.fetch('POST', '/api/sessions', { itemIds, viewerId: VIEWER });
      const said = (await answer.json()) as { id: string; code: string };
      if (!answer.ok) refused = { status: answer.status, code: said.code };
      // What was kept for it lets people end a viewer, too, until that is used up.
      else
        await viewing.stop(said.id).catch((error: unknown) => expect(String(error)).toContain('disk-full'));
    }
    expect(refused).toEqual({ status: 507, code: 'vault.disk-full' });
    await showsLife(client);
    expect(client.closing).toBeUndefined();
    hog.giveBack();
    await client.close();
    await viewing.stopAll();
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
    const next = await viewing.open(VIEWER);
    await (await viewing.look(next.id)).close();
    await viewing.stop(next.id);
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  });

  it('F27: that can hold no more files takes none in, says so, and does again when it can', async () => {
    const { patient } = viewing;
    const [before, file] = [await patient.call('GET', '/api/record'), [syntheticReportPdf()]];
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    hog.takeNames();
    await expect(patient.addFiles(file)).rejects.toThrow(/507|disk-full/);
    expect(await patient.call('GET', '/api/record')).toEqual(before);
    await showsLife(client);
    await client.close();
    await viewing.stop(id);
    // Before the file is taken in, of which a picture is then made.
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
    hog.giveBack();
    expect((await patient.addFiles(file)).filesStored).toBe(1);
  });
});

/** A quarter of a gigabyte is left to others in any case. */
const scratch = opened(384 * MIB);
(scratch === undefined ? describe.skip : describe)('a full disk below what is too large for memory', () => {
  const place = join(scratch?.folder ?? '', 'scratch');
  const hog = new Hog(join(scratch?.folder ?? '', 'somebody.log'));
  let viewing: Viewing;
  let large: string[];

  beforeAll(async () => {
    viewing = await Viewing.start({ VITRINE_SCRATCH_DIR: place, VITRINE_SESSION_FILES_MIB: '0' });
    const study = syntheticCtStudy({ slices: SLICES, size: 512, description: 'Too large' });
    large = (await viewing.patient.addFiles(study)).items.map(({ id }) => id);
  }, 360_000);
  afterAll(async () => {
    hog.giveBack();
    await viewing.close();
    scratch?.close();
  });
  afterEach(async () => {
    hog.giveBack();
    await viewing.stopAll();
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
    expect(readdirSync(place)).toEqual([]);
  });

  const ask = (itemIds: readonly string[]) =>
    viewing.patient.call<SessionView>('POST', '/api/sessions', { itemIds, viewerId: VIEWER });

  it('F16: lets no session begin while there is no room, and each again afterwards', async () => {
    hog.take();
    const { id } = await ask(viewing.itemIds);
    const { state, endReason } = await viewing.patient.untilSession(id, isOver);
    expect([state, endReason]).toEqual(['failed', 'start-failed']);
    hog.giveBack();
    await (await viewing.look((await viewing.open(VIEWER)).id)).close();
  });

  it('F16: shows the whole of what was opened or nothing, when the room goes while it is laid out', async () => {
    const { id } = await ask(large);
    while (!existsSync(join(place, id))) await new Promise((resolve) => setTimeout(resolve, 1));
    hog.take();
    const files = join(viewing.stack.runDir, 'sessions', id, 'files');
    const isWhole = () => existsSync(join(files, 'open.json'));
    const settled = await viewing.patient.untilSession(id, (seen) => isOver(seen) || isWhole());
    if (isOver(settled)) expect([settled.state, settled.endReason]).toEqual(['failed', 'start-failed']);
    else expect(readdirSync(join(files, 'item-1'))).toHaveLength(SLICES);
    console.info(`the session is ${settled.state}`);
  });
});

import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Patient } from '@vitrine/identity';
import { FakeClock } from '@vitrine/kernel/testing';
import { RecordFile, RecordItem } from '@vitrine/records';
import { openedStream } from '@vitrine/sealing';
import { Blob } from '@vitrine/vault';
import { bytesOf, LoopDisk, StoringChild } from '@vitrine/vault/testing';
import { dataSetOf, hasDcmtk } from '../testing/dcmtk.js';
import { driveImportsOf } from '../testing/drive-imports-of.js';
import { hasFtpPrograms } from '../testing/drop-bench.js';
import { ExchangeBench, sharedExaminer } from '../testing/exchange-bench.js';
import { InboxStudy } from './dicom-door/inbox-study.entity.js';

jest.setTimeout(300_000);

const CHILD = resolve(import.meta.dirname, '../testing/receive-until-killed.ts');
const DOORS = ['web', 'deposit', 'dimse', 'ftps', 'drive'];
const SNAPSHOTS = 4;
const EACH = 8;
const QUIET_MS = 60_000;
/** A study that came to the inbox has got a code and then its yes or no; one of them each time. */
const ANSWERED = ['accepted', 'rejected'];

const disk = hasDcmtk() && hasFtpPrograms() ? LoopDisk.open() : undefined;

(disk === undefined ? describe.skip : describe)('The doors while the power fails', () => {
  let child: StoringChild;

  beforeAll(() => {
    const temporary = join(disk?.folder ?? '', 'tmp');
    mkdirSync(temporary);
    // What it leaves goes with the disk.
    child = StoringChild.start(CHILD, disk?.folder ?? '', { TMPDIR: temporary });
  });
  afterAll(async () => {
    await child.kill();
    sharedExaminer.end();
    disk?.close();
  });

  it('lose nothing that a sender was told is stored, and show nothing by half', async () => {
    for (let turn = 1; turn <= SNAPSHOTS; turn++) {
      await child.until(
        () =>
          DOORS.every((door) => child.count(door) >= turn * EACH) &&
          child.count('drop') >= turn &&
          child.count('handed') >= turn / 2 &&
          ANSWERED.reduce((sum, answer) => sum + child.count(answer), 0) >= turn,
      );
      await disk?.afterPowerCut(child.process, child.lines, ({ folder }, promised) =>
        check(folder, promised),
      );
    }
  });

  it('lose nothing when the process is killed', async () => {
    await child.kill();
    await check(disk?.folder ?? '', child.lines());
  });

  const check = async (folder: string, promised: readonly string[]) => {
    const bench = await ExchangeBench.openIn(folder);
    try {
      // What came by DIMSE or FTPS and was not examined yet is taken up by the start.
      await bench.inbox.recover();
      await bench.runner.idle();
      // What lies in the drive and was not offered yet is offered again.
      await driveImportsOf(bench, new FakeClock(new Date(bench.clock.now().getTime() + QUIET_MS))).look();
      const inRecord = await recordOf(bench);
      const inInbox = await inboxOf(bench);
      const said = new Map<string, string[][]>();
      for (const line of promised) {
        const [word = '', ...digests] = line.split(' ');
        said.set(word, [...(said.get(word) ?? []), digests]);
      }
      const all = (...words: string[]) => words.flatMap((word) => said.get(word) ?? []);
      const open = all('to-reject').flat();
      expect(missing(all(...DOORS).flat(), inRecord)).toEqual([]);
      expect(missing(without(all('inbox').flat(), open), new Map([...inRecord, ...inInbox]))).toEqual([]);
      expect(missing(all('drop').flat(), new Map([...inRecord, ...inInbox]))).toEqual([]);
      expect(missing(all('handed').flat(), inRecord)).toEqual([]);
      expect(missing(all('drive').flat(), await driveOf(bench))).toEqual([]);
      // Either it waits for a code or it has got one, never both.
      expect([...inRecord.keys()].filter((digest) => inInbox.has(digest))).toEqual([]);
      expect(missing(without(all('delivered').flat(), open), inRecord)).toEqual([]);
      // A yes or a no is for all of a study, whatever happens.
      for (const digests of all('to-accept', 'to-reject'))
        expect(new Set(digests.map((digest) => inRecord.get(digest))).size).toBe(1);
      for (const digest of all('accepted').flat()) expect(inRecord.get(digest)).toBe('kept');
      expect(
        all('rejected')
          .flat()
          .filter((digest) => inRecord.has(digest)),
      ).toEqual([]);
      expect(await strangers(bench)).toEqual([]);
    } finally {
      await bench.end();
    }
  };
});

const without = (digests: readonly string[], others: readonly string[]): string[] => {
  const excluded = new Set(others);
  return digests.filter((digest) => !excluded.has(digest));
};
const missing = (digests: readonly string[], there: ReadonlyMap<string, string>): string[] =>
  digests.filter((digest) => !there.has(digest));
const digestOf = (bytes: Buffer): string => createHash('sha256').update(dataSetOf(bytes)).digest('hex');

/** The state of each data set's item. Opens them all: no row without its bytes, and no half file. */
async function recordOf(bench: ExchangeBench): Promise<Map<string, string>> {
  const { dataSource } = bench.database;
  const items = await dataSource.getRepository(RecordItem).find();
  const states = new Map(items.map(({ id, state }) => [id, state]));
  const there = new Map<string, string>();
  for (const { patientId, blobId, itemId } of await dataSource.getRepository(RecordFile).find())
    there.set(digestOf(await bytesOf(await bench.vault.open(patientId, blobId))), states.get(itemId) ?? '');
  return there;
}

/** Each data set that waits in the provider's inbox. */
async function inboxOf(bench: ExchangeBench): Promise<Map<string, string>> {
  const there = new Map<string, string>();
  for (const { id } of await bench.database.dataSource.getRepository(InboxStudy).find())
    for (const { source } of await bench.uploads.packed(id)) {
      const { path, terms, slice } = source;
      const file = await open(path, 'r');
      there.set(digestOf(await bytesOf(openedStream(file, terms, undefined, slice))), 'waiting');
    }
  return there;
}

/** Each file of the network drive. Opens them all, too. */
async function driveOf(bench: ExchangeBench): Promise<Map<string, string>> {
  const there = new Map<string, string>();
  for (const { id } of await bench.database.dataSource.getRepository(Patient).find())
    for (const { blobId, path } of await bench.transfer.files(id))
      there.set(digestOf(await bytesOf(await bench.vault.open(id, blobId))), path.join('/'));
  return there;
}

/** What lies on the disk and belongs to nothing. */
async function strangers(bench: ExchangeBench): Promise<string[]> {
  const { dataSource } = bench.database;
  const inbox = await dataSource.getRepository(InboxStudy).find();
  const blobs = await dataSource.getRepository(Blob).find();
  const known = new Set(blobs.map(({ id }) => id));
  return [
    ...bench.leftovers().filter((name) => !inbox.some(({ id }) => name.startsWith(id))),
    ...[...new Set(blobs.map(({ patientId }) => patientId))]
      .flatMap((patientId) => bench.stored(patientId))
      .filter((name) => !known.has(name)),
  ];
}

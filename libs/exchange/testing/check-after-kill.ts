import { open } from 'node:fs/promises';
import { expect } from '@jest/globals';
import { Patient } from '@vitrine/identity';
import { FakeClock } from '@vitrine/kernel/testing';
import { RecordFile, RecordItem } from '@vitrine/records';
import { openedStream } from '@vitrine/sealing';
import { Blob } from '@vitrine/vault';
import { bytesOf } from '@vitrine/vault/testing';
import { InboxStudy } from '../src/dicom-door/inbox-study.entity.js';
import { Import } from '../src/import.entity.js';
import type { ReceivedFile } from '../src/uploads/upload-store.js';
import { driveImportsOf } from './drive-imports-of.js';
import { ExchangeBench } from './exchange-bench.js';
import { digestOf } from './what-is-sent.js';

const QUIET_MS = 60_000;
/** Doors of which everything goes to the record by itself. */
const TO_RECORD = ['web', 'deposit', 'dimse', 'ftps', 'drive'];

/** What is there after a kill and the start that follows it: where each data set, and each document, is. */
export interface FoundAfterKill {
  readonly inRecord: ReadonlyMap<string, string>;
  readonly inInbox: ReadonlyMap<string, string>;
  readonly inDrive: ReadonlyMap<string, string>;
}

/**
 * Starts anew over what a kill or a power cut left of `<folder>/data`, and expects that what was acknowledged is there
 * whole, nothing by half, no row without its bytes, and no file that belongs to nothing.
 *
 * @param promised lines of a door and the SHA-256 of what was acknowledged there, as `receive-until-killed.ts` says them.
 */
export async function checkAfterKill(folder: string, promised: readonly string[]): Promise<FoundAfterKill> {
  const bench = await ExchangeBench.openIn(folder);
  try {
    // What came by DIMSE or FTPS and was not examined yet is taken up by the start.
    await bench.inbox.recover();
    await bench.runner.idle();
    // What lies in the drive and was not offered yet is offered again.
    await driveImportsOf(bench, new FakeClock(new Date(bench.clock.now().getTime() + QUIET_MS))).look();
    const inRecord = await recordOf(bench);
    const inInbox = await inboxOf(bench);
    const inDrive = await driveOf(bench);
    const said = new Map<string, string[][]>();
    for (const line of promised) {
      const [word = '', ...digests] = line.split(' ');
      said.set(word, [...(said.get(word) ?? []), digests]);
    }
    const all = (...words: string[]) => words.flatMap((word) => said.get(word) ?? []);
    const open = all('to-reject').flat();
    expect(missing(all(...TO_RECORD).flat(), inRecord)).toEqual([]);
    expect(missing(without(all('inbox').flat(), open), new Map([...inRecord, ...inInbox]))).toEqual([]);
    expect(missing(all('drop').flat(), new Map([...inRecord, ...inInbox]))).toEqual([]);
    expect(missing(all('handed').flat(), inRecord)).toEqual([]);
    expect(missing(all('drive').flat(), inDrive)).toEqual([]);
    // An upload waits until its import is finished.
    expect(missing(all('portal').flat(), new Map([...inRecord, ...(await uploadsOf(bench))]))).toEqual([]);
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
    return { inRecord, inInbox, inDrive };
  } finally {
    await bench.end();
  }
}

const without = (digests: readonly string[], others: readonly string[]): string[] => {
  const excluded = new Set(others);
  return digests.filter((digest) => !excluded.has(digest));
};
const missing = (digests: readonly string[], there: ReadonlyMap<string, string>): string[] =>
  digests.filter((digest) => !there.has(digest));

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
    for (const file of await bench.uploads.packed(id)) there.set(await digestOfReceived(file), 'waiting');
  return there;
}

/** Each upload that came in whole for an import that nobody has finished yet. */
async function uploadsOf(bench: ExchangeBench): Promise<Map<string, string>> {
  const there = new Map<string, string>();
  for (const { id } of await unfinished(bench))
    for (const file of (await bench.uploads.received(id)).files)
      there.set(await digestOfReceived(file), 'uploaded');
  return there;
}

const unfinished = ({ database }: ExchangeBench): Promise<Import[]> =>
  database.dataSource.getRepository(Import).findBy({ state: 'receiving' });

async function digestOfReceived({ source }: ReceivedFile): Promise<string> {
  const { path, terms, slice } = source;
  return digestOf(await bytesOf(openedStream(await open(path, 'r'), terms, undefined, slice)));
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
  const waiting = [...(await dataSource.getRepository(InboxStudy).find()), ...(await unfinished(bench))];
  const blobs = await dataSource.getRepository(Blob).find();
  const known = new Set(blobs.map(({ id }) => id));
  return [
    ...bench.leftovers().filter((name) => !waiting.some(({ id }) => name.startsWith(id))),
    ...[...new Set(blobs.map(({ patientId }) => patientId))]
      .flatMap((patientId) => bench.stored(patientId))
      .filter((name) => !known.has(name)),
  ];
}

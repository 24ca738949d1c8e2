import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { KnownProgram } from '@vitrine/delegation';
import { newId } from '@vitrine/kernel';
import { RecordFile } from '@vitrine/records';
import { dicomFile, uidOf } from '@vitrine/samples';
import { Blob } from '@vitrine/vault';
import { bytesOf } from '@vitrine/vault/testing';
import { dataSetOf } from '../testing/dcmtk.js';
import { DoorBench } from '../testing/door-bench.js';
import { driveImportsOf } from '../testing/drive-imports-of.js';
import { DropBench } from '../testing/drop-bench.js';
import { ExchangeBench, sharedExaminer, type SentFile } from '../testing/exchange-bench.js';
import { Import } from './import.entity.js';

jest.setTimeout(120_000);

/** A way in, and one patient at the end of it. */
interface OpenDoor {
  readonly bench: ExchangeBench;
  readonly patientId: string;
  /** Resolves when what was sent has been examined. */
  send(file: SentFile): Promise<unknown>;
  close(): Promise<unknown>;
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* once<T>(one: T) {
  yield one;
}

async function openBench() {
  const bench = await ExchangeBench.open();
  const jane = await bench.patient();
  const add = async (file: SentFile, { account, patient } = jane) =>
    bench.send(account, await bench.imports.beginOwn(account, patient), [file]);
  return { bench, jane, add, patientId: jane.patient.id, close: () => bench.close() };
}

const DOORS: Readonly<Record<string, () => Promise<OpenDoor>>> = {
  'the portal': async () => {
    const { add, ...door } = await openBench();
    return { ...door, send: (file) => add(file) };
  },
  'an export of another record': async () => {
    const { bench, jane, add, ...door } = await openBench();
    const send = async (file: SentFile) => {
      const other = await bench.patient();
      await add(file, other);
      const zip = await bench.exports.open(other.patient);
      const content = zip.read({ start: 0, end: zip.bytes }, new AbortController().signal);
      await add({ name: 'health-record.zip', bytes: await bytesOf(content) }, jane);
    };
    return { ...door, bench, send };
  },
  'the network drive': async () => {
    const { bench, ...door } = await openBench();
    const conditions = { lists: [], ifMatch: undefined, ifNoneMatch: undefined };
    const imports = driveImportsOf(bench);
    const send = async ({ name, bytes }: SentFile) => {
      await bench.drive.put({ patientId: door.patientId, path: [name], conditions }, once(bytes));
      bench.clock.advance(10_000);
      await imports.look();
    };
    return { ...door, bench, send };
  },
  'STOW-RS': async () => {
    const { bench, jane, ...door } = await openBench();
    const token = { id: newId(), patientId: door.patientId, depositCodeId: null };
    const program = { ...jane, token } as KnownProgram;
    return { ...door, bench, send: ({ bytes }) => bench.instances.store(program, once(once(bytes)), {}) };
  },
  'C-STORE': async () => {
    const door = await DoorBench.open();
    const send = async (file: SentFile) => {
      expect((await door.store(door.written([file]))).code).toBe(0);
      await door.settled();
    };
    return { bench: door.bench, patientId: door.patient.patient.id, send, close: () => door.close() };
  },
  FTPS: async () => {
    const drop = await DropBench.open();
    const send = async (file: SentFile) => {
      const path = join(drop.written(newId(), [file]), file.name);
      expect((await drop.curl(`${drop.code}/${file.name}`, '-T', path)).code).toBe(0);
      await drop.settled();
    };
    return { bench: drop.bench, patientId: drop.patient.patient.id, send, close: () => drop.close() };
  },
};

const image = (instance: string, { description = 'Head', person = 'Doe^Jane' } = {}): SentFile => ({
  name: `${newId()}.dcm`,
  bytes: dicomFile(uidOf(instance), [
    [0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.2'],
    [0x0008, 0x0018, 'UI', uidOf(instance)],
    [0x0008, 0x0060, 'CS', 'CT'],
    [0x0008, 0x1030, 'LO', description],
    [0x0010, 0x0010, 'PN', person],
    [0x0010, 0x0030, 'DA', '19510402'],
    [0x0020, 0x000d, 'UI', uidOf('study')],
    [0x0020, 0x000e, 'UI', uidOf('series')],
  ]),
});

describe.each(Object.keys(DOORS))('what comes by %s', (name) => {
  let door: OpenDoor;
  beforeEach(async () => {
    door = await DOORS[name]!();
  });
  afterEach(() => door.close());
  afterAll(() => sharedExaminer.end());

  const table = <Row extends object>(entity: new () => Row) =>
    door.bench.database.dataSource.getRepository(entity);
  const send = async (file: SentFile) => {
    door.bench.clock.advance(1_000);
    await door.send(file);
    const [latest] = await table(Import).find({
      where: { patientId: door.patientId },
      order: { createdAt: 'DESC', id: 'ASC' },
      take: 1,
    });
    const { filesStored, filesDuplicate, notes } = latest!;
    return { filesStored, filesDuplicate, codes: notes.map(({ code }) => code).filter(isAboutImages) };
  };
  /** The data sets of the record's images, as they lie in the vault now. */
  const dataSets = async () => {
    const files = await table(RecordFile).find({ where: { patientId: door.patientId } });
    const opened = await Promise.all(
      files.map(async ({ blobId }) => bytesOf(await door.bench.vault.open(door.patientId, blobId))),
    );
    return opened.map((bytes) => dataSetOf(bytes).toString('latin1')).sort();
  };
  const sent = (...files: SentFile[]) =>
    files.map(({ bytes }) => dataSetOf(Buffer.from(bytes)).toString('latin1')).sort();

  it('is stored once when the same bytes come twice, and the report says so', async () => {
    const one = image('one');
    expect(await send(one)).toEqual({ filesStored: 1, filesDuplicate: 0, codes: [] });
    expect(await send(one)).toEqual({ filesStored: 0, filesDuplicate: 1, codes: [] });
    expect(await dataSets()).toEqual(sent(one));
    expect(await table(Blob).countBy({ patientId: door.patientId })).toBe(1);
  });

  it('overwrites no image: other content under the same UID is kept beside it and flagged', async () => {
    const [one, other] = [image('one'), image('one', { description: 'Changed' })];
    await send(one);
    const flagged = { filesStored: 1, filesDuplicate: 0, codes: ['exchange.flagged'] };
    expect(await send(other)).toEqual(flagged);
    expect(await dataSets()).toEqual(sent(one, other));
    expect(await door.bench.records.list(door.patientId)).toHaveLength(2);
  });

  it('is kept apart and flagged where it says that one study is of another person', async () => {
    const [one, other] = [image('one'), image('two', { person: 'Stranger^Sam' })];
    await send(one);
    expect((await send(other)).codes).toEqual(['exchange.flagged']);
    expect(await dataSets()).toEqual(sent(one, other));
    const items = await door.bench.records.list(door.patientId);
    expect(items.map(({ study }) => study?.mismatch).sort()).toEqual(['none', 'unconfirmed']);
  });
});

/** An export has pages of its own beside the images. */
const isAboutImages = (code: string): boolean => code !== 'exchange.ignored';

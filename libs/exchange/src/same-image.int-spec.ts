import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { KnownProgram } from '@vitrine/delegation';
import { memorySource, readDicom } from '@vitrine/dicom';
import { part10Header } from '@vitrine/dimse';
import { newId, Problem } from '@vitrine/kernel';
import { syntheticCtStudy } from '@vitrine/samples';
import { Blob } from '@vitrine/vault';
import { dataSetOf, dcmtk, hasDcmtk } from '../testing/dcmtk.js';
import { DoorBench } from '../testing/door-bench.js';
import { sharedExaminer, type SentFile } from '../testing/exchange-bench.js';
import { Import } from './import.entity.js';

jest.setTimeout(120_000);

const withTools = hasDcmtk() ? describe : describe.skip;
const image: SentFile = syntheticCtStudy({ slices: 1, size: 16 })[0]!;

/** The file as another program writes it: the same data set behind a header of its own. */
function rewritten({ name, bytes }: SentFile, change?: (dataSet: Buffer) => void): SentFile {
  const answer = readDicom(memorySource(bytes));
  if (answer.kind !== 'instance') throw new Error('not an image');
  const header = part10Header({ ...answer.facts, sourceAeTitle: 'ANOTHER' });
  const dataSet = Buffer.from(dataSetOf(Buffer.from(bytes)));
  change?.(dataSet);
  return { name: `again-${name}`, bytes: Buffer.concat([header, dataSet]) };
}

const DOORS = {
  'the portal': (door: DoorBench, file: SentFile) => door.add([file]),
  'C-STORE': async (door: DoorBench, file: SentFile) => {
    expect((await door.store(door.written([file]))).code).toBe(0);
    await door.settled();
    await yes(door);
  },
  'STOW-RS': async (door: DoorBench, { bytes }: SentFile) => {
    const token = { id: newId(), patientId: door.patient.patient.id, depositCodeId: null };
    const program = { ...door.patient, token } as KnownProgram;
    const [stored] = await door.bench.instances.store(program, Readable.from([Readable.from([bytes])]), {});
    expect(stored?.outcome).toBe('stored');
  },
} as const;
type Door = keyof typeof DOORS;
const NAMES = Object.keys(DOORS) as Door[];
const WAYS = NAMES.flatMap((first) =>
  NAMES.filter((name) => name !== first).map((second) => [first, second]),
);

/** The patient says yes to everything that waits. */
async function yes({ bench, patient }: DoorBench): Promise<void> {
  const { id } = patient.patient;
  const agent = { kind: 'account', id: patient.account.id, name: 'Jane' } as const;
  for (const item of await bench.records.list(id))
    if (item.state === 'pending') await bench.records.accept(id, item.id, agent);
}

withTools('the same image', () => {
  let door: DoorBench;
  beforeEach(async () => {
    door = await DoorBench.open();
  });
  afterEach(() => door.close());
  afterAll(() => sharedExaminer.end());

  /** What is in the record and in the vault, and what the reports of all imports say of other versions. */
  const kept = async () => {
    const { dataSource } = door.bench.database;
    const patientId = door.patient.patient.id;
    const items = await door.bench.records.list(patientId);
    const imports = await dataSource.getRepository(Import).findBy({ patientId });
    return {
      items: items.map(({ state, count }) => `${state} ${count}`),
      blobs: await dataSource.getRepository(Blob).countBy({ patientId }),
      stored: door.bench.stored(patientId).length,
      flagged: imports.flatMap(({ notes }) => notes.map(({ code }) => code)),
    };
  };
  const ONCE = { items: ['kept 1'], blobs: 1, stored: 1, flagged: [] };

  it.each(WAYS as [Door, Door][])('by %s and then by %s is one image, kept once', async (first, second) => {
    await DOORS[first](door, image);
    expect(await kept()).toEqual(ONCE);
    await DOORS[second](door, image);
    expect(await kept()).toEqual(ONCE);
  });

  it('under two headers is one image when both come at one go, and the report says so', async () => {
    await door.add([image, rewritten(image)]);
    expect(await kept()).toEqual(ONCE);
    const [{ filesStored, filesDuplicate } = {}] = await door.bench.database.dataSource
      .getRepository(Import)
      .find();
    expect({ filesStored, filesDuplicate }).toEqual({ filesStored: 1, filesDuplicate: 1 });
  });

  it('sent twice by one who deposits, by different programs, waits once', async () => {
    await door.store(door.written([image]));
    await door.settled();
    await door.bench.nodes.register(door.provider, {
      name: 'Another PACS',
      callingAeTitle: 'OTHER',
      addresses: ['127.0.0.0/8'],
    });
    const sent = await dcmtk('storescu', '-R', ...door.target(door.code, 'OTHER'), ...door.written([image]));
    expect(sent.code).toBe(0);
    await door.settled();
    expect(await kept()).toEqual({ ...ONCE, items: ['pending 1'] });
  });

  it('is another version where one bit of what it holds differs, whatever the header', async () => {
    await door.add([image]);
    await door.add([rewritten(image, (dataSet) => (dataSet[dataSet.length - 1]! ^= 1))]);
    expect(await kept()).toMatchObject({
      items: ['kept 1', 'kept 1'],
      blobs: 2,
      flagged: ['exchange.flagged'],
    });
  });

  it('is another version while the one that is there cannot be read', async () => {
    await door.add([image]);
    const open = jest.spyOn(door.bench.vault, 'open').mockRejectedValue(new Problem('vault.damaged'));
    await door.add([rewritten(image)]);
    open.mockRestore();
    expect(await kept()).toMatchObject({ blobs: 2, flagged: ['exchange.flagged'] });
  });
});

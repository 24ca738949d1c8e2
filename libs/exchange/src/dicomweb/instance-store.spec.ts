import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import type { KnownProgram } from '@vitrine/delegation';
import { memorySource, readDicom } from '@vitrine/dicom';
import type { Account, Patient } from '@vitrine/identity';
import { newId } from '@vitrine/kernel';
import { Deposit, RecordItem } from '@vitrine/records';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { ExchangeBench, sharedExaminer } from '../../testing/exchange-bench.js';
import { Examiner } from '../examiner/examiner.js';
import { Import } from '../import.entity.js';

// The examiner is a process of its own that first loads TypeScript.
jest.setTimeout(60_000);

const study = syntheticCtStudy({ slices: 3, size: 16 }).map(({ bytes }) => bytes);
const another = syntheticCtStudy({ slices: 1, size: 16, description: 'Another' })[0]!.bytes;

describe('InstanceStore', () => {
  let bench: ExchangeBench;
  let jane: { account: Account; patient: Patient };

  beforeEach(async () => {
    bench = await ExchangeBench.open(4 * 1024 * 1024);
    jane = await bench.patient();
  });
  afterEach(() => bench.close());
  afterAll(() => sharedExaminer.end());

  const program = (account = jane.account, depositCodeId: string | null = null): KnownProgram => ({
    account,
    patient: jane.patient,
    token: {
      id: newId(),
      secretHash: '',
      patientId: jane.patient.id,
      accountId: account.id,
      depositCodeId,
      label: 'x',
      scope: 'deposit',
      createdAt: '',
      expiresAt: '',
      revokedAt: null,
      lastUsedAt: null,
    },
  });
  const store = (parts: readonly Uint8Array[], options = {}, by = program()) =>
    bench.instances.store(by, bodies(parts), options);
  const outcomes = async (parts: readonly Uint8Array[], options = {}, by = program()) =>
    (await store(parts, options, by)).map(
      ({ outcome, code, facts }) => code ?? `${outcome} ${facts !== null}`,
    );
  const items = () => bench.database.dataSource.getRepository(RecordItem).find();

  it('puts images into the record and says so of each', async () => {
    expect(await outcomes(study)).toEqual(['stored true', 'stored true', 'stored true']);
    expect(await items()).toMatchObject([{ state: 'kept', count: 3, kind: 'imaging' }]);
    expect(bench.leftovers()).toEqual([]);
    expect(bench.stored(jane.patient.id)).toHaveLength(3);
    const acts = bench.database.dataSource.getRepository(AuditEvent);
    expect(await acts.countBy({ action: 'record.added' })).toBe(1);
  });

  it('keeps the same bytes once, and says that they are there', async () => {
    await store(study);
    expect(await outcomes([study[0]!, study[0]!])).toEqual(['stored true', 'stored true']);
    expect(bench.stored(jane.patient.id)).toHaveLength(3);
    expect(await items()).toMatchObject([{ count: 3 }]);
  });

  it('looks at what came while more is coming, for two senders at a time; the third waits for the end', async () => {
    const asked: string[] = [];
    const recognise = jest.spyOn(sharedExaminer, 'recognise').mockImplementation(function (...told) {
      asked.push(told[1]);
      return Examiner.prototype.recognise.apply(sharedExaminer, told);
    });
    try {
      const gates = [gate(), gate(), gate()];
      const requests = gates.map(({ opened }) => bench.instances.store(program(), slow(opened), {}));
      await until(() => asked.length === 2 * (study.length - 1));
      await expect(until(() => asked.length > 2 * (study.length - 1), 300)).rejects.toThrow();
      for (const { open } of gates) open();
      for (const request of requests) expect(await request).toHaveLength(study.length);
      expect(asked).toHaveLength(3 * study.length);
    } finally {
      recognise.mockRestore();
    }
  });

  it('keeps another version of an image apart', async () => {
    await store(study);
    const changed = Buffer.from(study[0]!);
    changed[changed.length - 1] = changed[changed.length - 1]! ^ 1;
    expect(await outcomes([changed])).toEqual(['apart true']);
    expect(await items()).toHaveLength(2);
  });

  it('takes what is good and refuses what is not, by name where it has one', async () => {
    const pdf = syntheticReportPdf().bytes;
    expect(
      await outcomes([study[0]!, pdf, another, study[1]!.subarray(0, 700), Buffer.alloc(0)], {
        studyInstanceUid: facts(study[0]!)?.studyInstanceUid,
      }),
    ).toEqual([
      'stored true',
      'exchange.not-dicom',
      'exchange.other-study',
      'exchange.truncated-dicom',
      'exchange.not-dicom',
    ]);
    expect(await items()).toMatchObject([{ count: 1 }]);
  });

  it('leaves nothing of a request that breaks off', async () => {
    async function* cut() {
      yield once(study[0]!);
      await Promise.resolve();
      throw new Error('cut');
    }
    await expect(bench.instances.store(program(), cut(), {})).rejects.toThrow('cut');
    expect(bench.leftovers()).toEqual([]);
    expect(await items()).toEqual([]);
    expect(bench.stored(jane.patient.id)).toEqual([]);
    expect(await bench.imports.list(jane.account.id)).toMatchObject([{ state: 'failed' }]);
  });

  it('leaves nothing of a request during which the process was killed', async () => {
    await bench.imports.beginByProgram(program());
    await bench.start();
    expect(await bench.database.dataSource.getRepository(Import).find()).toMatchObject([{ state: 'failed' }]);
  });

  it('refuses a request without parts', () =>
    expect(store([])).rejects.toMatchObject({ code: 'kernel.invalid' }));

  it('refuses what the record has no room for, announced or not, and keeps nothing of it', async () => {
    const full = { code: 'vault.quota-exceeded' };
    await expect(store(study, { announcedBytes: 5 * 1024 * 1024 })).rejects.toMatchObject(full);
    await expect(store([another, Buffer.alloc(5 * 1024 * 1024)])).rejects.toMatchObject(full);
    expect(bench.leftovers()).toEqual([]);
    expect(await items()).toEqual([]);
  });

  it('makes one pending item of what a provider sends image by image, and tells nothing of the record', async () => {
    await store(study);
    const provider = await bench.account('provider', 'Dr Ray', 'City Radiology');
    const { code } = await bench.depositCodes.create(jane, { label: 'x', expiresInDays: 1, maximumUses: 1 });
    const by = program(provider, code.id);
    for (const one of study) expect(await outcomes([one], {}, by)).toEqual(['stored true']);
    const found = await items();
    expect(found.map(({ state, count }) => [state, count])).toEqual([
      ['kept', 3],
      ['pending', 3],
    ]);
    expect(await bench.database.dataSource.getRepository(Deposit).find()).toMatchObject([{ count: 3 }]);
    const other = await bench.account('provider', 'Dr Day', 'Village Radiology');
    await store([study[0]!], {}, program(other, code.id));
    expect(await items()).toHaveLength(3);
  });
});

/** Resolves when it is opened. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The last image comes late. */
async function* slow(late: Promise<void>) {
  for (const part of study.slice(0, -1)) yield once(part);
  await late;
  yield once(study.at(-1)!);
}

async function* bodies(parts: readonly Uint8Array[]) {
  for (const part of parts) yield await Promise.resolve(once(part));
}

async function* once(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 1000) yield await Promise.resolve(bytes.subarray(at, at + 1000));
}

function facts(bytes: Uint8Array) {
  const answer = readDicom(memorySource(bytes));
  return answer.kind === 'instance' ? answer.facts : undefined;
}

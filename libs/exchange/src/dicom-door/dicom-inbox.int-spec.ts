import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { syntheticCtStudy } from '@vitrine/samples';
import { filesWith } from '@vitrine/vault/testing';
import { hasDcmtk } from '../../testing/dcmtk.js';
import { DoorBench } from '../../testing/door-bench.js';
import { sharedExaminer, type SentFile } from '../../testing/exchange-bench.js';

jest.setTimeout(120_000);

const withTools = hasDcmtk() ? describe : describe.skip;
const study = (options = {}) => syntheticCtStudy({ slices: 4, size: 16, ...options });

withTools('the inbox of a DICOM door', () => {
  let door: DoorBench;
  beforeEach(async () => {
    door = await DoorBench.open();
  });
  afterEach(() => door.close());
  afterAll(() => sharedExaminer.end());

  const send = (...files: SentFile[]) => door.store(door.written(files), door.inboxAeTitle);
  const waiting = () => door.bench.inbox.waiting(door.provider.id);

  it('keeps the studies of several people apart until each gets a code', async () => {
    await send(...study(), ...study({ slices: 2, patientName: 'Stranger^Sam', studyDate: '20240101' }));
    await door.settled();
    const studies = await waiting();
    const told = studies.map(({ facts, count }) => [facts?.patientInitials, facts?.studyDate, count]);
    expect(told.sort()).toEqual([
      ['J. D.', '2025-06-12', 4],
      ['S. S.', '2024-01-01', 2],
    ]);
    const janes = studies.find(({ facts }) => facts?.patientInitials === 'J. D.')!;
    await door.bench.inbox.deliver(door.provider, janes.id, door.code);
    await door.bench.runner.idle();
    expect(await door.bench.records.list(door.patient.patient.id)).toMatchObject([
      { state: 'pending', count: 4, study: { mismatch: 'none' } },
    ]);
    const [sams] = await waiting();
    await door.bench.inbox.throwAway(door.provider.id, sams!.id);
    expect(await waiting()).toEqual([]);
    expect(door.bench.leftovers()).toEqual([]);
  });

  it('tells its provider, and nobody else, that something is coming before it is complete', async () => {
    await send(...study());
    const { inbox } = door.bench;
    expect(await inbox.arriving(door.provider.id)).toMatchObject([{ state: 'arriving', facts: null }]);
    expect(await waiting()).toEqual([]);
    const other = await door.bench.account('provider', 'Dr Other');
    expect(await inbox.arriving(other.id)).toEqual([]);
    await door.settled();
    expect(await inbox.arriving(door.provider.id)).toEqual([]);
    expect(await waiting()).toHaveLength(1);
  });

  it('keeps a study when the code does not work, and from everybody else', async () => {
    await send(...study());
    await door.settled();
    const [one] = await waiting();
    const { inbox } = door.bench;
    const unusable = { code: 'delegation.deposit-code-unusable' };
    await expect(inbox.deliver(door.provider, one!.id, '0000-0000-0000')).rejects.toMatchObject(unusable);
    const other = await door.bench.account('provider', 'Dr Other');
    const notVisible = { code: 'delegation.not-visible' };
    await expect(inbox.deliver(other, one!.id, door.code)).rejects.toMatchObject(notVisible);
    await expect(inbox.throwAway(other.id, one!.id)).rejects.toMatchObject(notVisible);
    expect(await inbox.waiting(other.id)).toEqual([]);
    expect(await waiting()).toHaveLength(1);
  });

  it('has what arrived after a crash, and what waited after a restart', async () => {
    await send(...study());
    await door.killed();
    expect(await waiting()).toMatchObject([{ count: 4 }]);
    await door.restart();
    const [one] = await waiting();
    await door.bench.inbox.deliver(door.provider, one!.id, door.code);
    await door.bench.runner.idle();
    expect(await door.deposited()).toHaveLength(4);
  });

  it('throws away what nobody claimed for a month', async () => {
    await send(...study());
    await door.settled();
    door.bench.clock.advance(31 * 24 * 60 * 60_000);
    expect(await waiting()).toEqual([]);
    expect(door.bench.leftovers()).toEqual([]);
  });

  it('leaves no plain byte on the disk, on the way to a patient or in the inbox', async () => {
    const patientName = 'Canary^Yellow In The Mine';
    const files = door.written(study({ patientName }));
    expect(files.filter((path) => readFileSync(path).includes(patientName))).toHaveLength(4);
    const plain = () => filesWith(patientName, door.bench.dataDir);
    await door.store(files);
    await door.store(files, door.inboxAeTitle);
    expect(door.bench.leftovers()).toHaveLength(2);
    expect(plain()).toEqual([]);
    await door.settled();
    expect(plain()).toEqual([]);
    // It is there, only not to be seen.
    expect((await door.deposited()).filter((file) => file.includes(patientName))).toHaveLength(4);
    expect(await door.bench.inbox.waiting(door.provider.id)).toMatchObject([{ count: 4 }]);
  });
});

import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { AuditEvent } from '@vitrine/audit';
import { DriveNode, DriveService, WaitingFiles } from '@vitrine/drive';
import { Account, agentOf, Patient } from '@vitrine/identity';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { ExchangeBench, sharedExaminer } from '../testing/exchange-bench.js';
import { DriveImports } from './drive-imports.js';
import { Import } from './import.entity.js';

// The first import starts a process that loads TypeScript.
jest.setTimeout(60_000);

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(bytes: Uint8Array) {
  yield bytes;
}

describe('what a patient puts into the drive', () => {
  let bench: ExchangeBench;
  let drive: DriveService;
  let imports: DriveImports;
  let owner: { account: Account; patient: Patient };
  let waiting: WaitingFiles;

  beforeEach(async () => {
    bench = await ExchangeBench.open();
    const { database, vault, clock } = bench;
    const { dataSource, transactor } = database;
    owner = await bench.patient();
    drive = new DriveService(dataSource, transactor, vault, clock);
    waiting = new WaitingFiles(dataSource.getRepository(DriveNode), transactor, clock);
    imports = new DriveImports(
      dataSource.getRepository(Account),
      dataSource.getRepository(Patient),
      waiting,
      bench.imports,
      bench.uploads,
      vault,
      clock,
      bench.settings,
      pino({ level: 'silent' }),
    );
  });
  afterEach(() => bench.close());
  afterAll(() => sharedExaminer.end());

  const at = (...path: string[]) => ({
    patientId: owner.patient.id,
    path,
    conditions: { lists: [], ifMatch: undefined, ifNoneMatch: undefined },
  });
  const put = (name: string, bytes: Uint8Array) => drive.put(at(name), once(bytes));
  const afterQuiet = () => {
    bench.clock.advance(10_000);
    return imports.look();
  };
  const titles = async () => (await bench.records.list(owner.patient.id)).map(({ title }) => title);

  it('comes to the record as one import with one line, once nothing more has come for ten seconds', async () => {
    for (const [index, { bytes }] of syntheticCtStudy({ slices: 3, size: 16 }).entries())
      await put(`${index}.dcm`, bytes);
    bench.clock.advance(9_000);
    await put('report.pdf', syntheticReportPdf().bytes);
    bench.clock.advance(9_000);
    await imports.look();
    expect(await titles()).toEqual([]);
    await afterQuiet();
    expect(await titles()).toHaveLength(2);
    const { dataSource } = bench.database;
    expect(await dataSource.getRepository(Import).find()).toMatchObject([
      { state: 'done', filesStored: 4, depositCodeId: null },
    ]);
    const lines = await dataSource.getRepository(AuditEvent).findBy({ action: 'record.added' });
    expect(lines).toMatchObject([{ agent: { id: owner.account.id }, details: { files: 4 } }]);
    // And not again.
    await afterQuiet();
    expect(await dataSource.getRepository(Import).count()).toBe(1);
    expect(bench.leftovers()).toEqual([]);
  });

  it('does not wait for ever when something keeps coming', async () => {
    for (let seconds = 0; seconds < 310; seconds += 5) {
      await put('growing.txt', Buffer.from(`line ${seconds}\n`));
      if (seconds === 0) await put('report.pdf', syntheticReportPdf().bytes);
      bench.clock.advance(5_000);
      await imports.look();
    }
    expect(await titles()).toContain('report');
  });

  it('stays in the record when the drive lets go of it, and in the drive when the record does', async () => {
    const { bytes } = syntheticReportPdf();
    await put('report.pdf', bytes);
    await afterQuiet();
    await drive.remove(at('report.pdf'));
    const [item] = await bench.records.list(owner.patient.id);
    const { files } = await bench.records.withFiles(owner.patient.id, item?.id ?? '');
    const read = async (blobId: string) => {
      const parts: Buffer[] = [];
      for await (const part of await bench.vault.open(owner.patient.id, blobId)) parts.push(part as Buffer);
      return Buffer.concat(parts).equals(bytes);
    };
    expect(await read(files[0]?.blobId ?? '')).toBe(true);

    const { node } = await put('again.pdf', bytes);
    await bench.records.remove(owner.patient.id, item?.id ?? '', agentOf(owner.account));
    expect(await bench.vault.sweepUnneeded()).toBe(0);
    expect(await read(node.blobId ?? '')).toBe(true);
    await drive.remove(at('again.pdf'));
    expect(bench.stored(owner.patient.id)).toEqual([]);
  });

  it('stays in the drive when the record has no use for it, and the report says so', async () => {
    await put('program.exe', Buffer.from('MZ\u0000\u0001\u0002'.repeat(100), 'latin1'));
    await afterQuiet();
    expect(await titles()).toEqual([]);
    const [report] = await bench.imports.list(owner.account.id);
    expect(report?.notes[0]).toMatchObject({ untrustedName: 'program.exe' });
    expect(await waiting.patients()).toEqual([]);
  });

  it('is offered again by itself when there was no room', async () => {
    await put('report.pdf', syntheticReportPdf().bytes);
    const begin = jest.spyOn(bench.uploads, 'receive').mockRejectedValueOnce(new Error('broken disk'));
    await afterQuiet();
    expect(await titles()).toEqual([]);
    await afterQuiet();
    expect(await titles()).toEqual([]);
    bench.clock.advance(60_000);
    await imports.look();
    expect(await titles()).toHaveLength(1);
    begin.mockRestore();
  });
});

import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import type { DriveService, WaitingFiles } from '@vitrine/drive';
import { agentOf, type Account, type Patient } from '@vitrine/identity';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { bytesOf } from '@vitrine/vault/testing';
import { driveImportsOf, waitingFilesOf } from '../testing/drive-imports-of.js';
import { ExchangeBench, sharedExaminer } from '../testing/exchange-bench.js';
import type { DriveImports } from './drive-imports.js';
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
    owner = await bench.patient();
    drive = bench.drive;
    waiting = waitingFilesOf(bench);
    imports = driveImportsOf(bench);
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

  it('comes back from the ZIP of an export as from the Add page: the record’s part and the drive’s', async () => {
    const strange = Buffer.from([0, 1, 2, 3]);
    await put('report.pdf', syntheticReportPdf().bytes);
    await drive.makeFolder(at('EKG 2026'));
    await drive.put(at('EKG 2026', 'strange.xyz'), once(strange));
    await afterQuiet();
    const exported = await bench.exports.open(owner.patient);
    const zip = await bytesOf(exported.read({ start: 0, end: exported.bytes }, new AbortController().signal));

    owner = await bench.patient();
    await put('health-record.zip', zip);
    await afterQuiet();
    expect(await titles()).toEqual(['report']);
    const files = async () =>
      (await bench.transfer.files(owner.patient.id)).map(({ path }) => path.join('/'));
    // The archive stays where the patient put it.
    expect((await files()).sort()).toEqual(['EKG 2026/strange.xyz', 'health-record.zip']);
    // What came back is not offered to the record, and the same ZIP brings nothing twice.
    expect(await waiting.patients()).toEqual([]);
    await put('again.zip', zip);
    await afterQuiet();
    expect((await files()).sort()).toEqual(['EKG 2026/strange.xyz', 'again.zip', 'health-record.zip']);
    expect(await titles()).toEqual(['report']);

    // A folder that lies in the drive unpacked is where it is meant to be.
    await drive.makeFolder(at('unpacked'));
    await drive.makeFolder(at('unpacked', 'DRIVE'));
    await drive.put(at('unpacked', 'index.fhir.json'), once(Buffer.from('{}')));
    await drive.put(at('unpacked', 'DRIVE', 'other.xyz'), once(Buffer.from([4, 5])));
    await afterQuiet();
    expect((await files()).filter((path) => path.endsWith('other.xyz'))).toEqual([
      'unpacked/DRIVE/other.xyz',
    ]);
  });

  it('is offered again when the process was killed in between, and nothing of the first try stays', async () => {
    await put('report.pdf', syntheticReportPdf().bytes);
    let isKilled: () => void = () => undefined;
    const killed = new Promise<void>((resolve) => (isKilled = resolve));
    jest.spyOn(bench.imports, 'examine').mockImplementation(() => {
      isKilled();
      return new Promise(() => undefined);
    });
    void afterQuiet();
    await killed;
    expect(bench.leftovers()).toHaveLength(1);
    await bench.start();
    expect(bench.leftovers()).toEqual([]);
    await driveImportsOf(bench).look();
    expect(await titles()).toEqual(['report']);
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

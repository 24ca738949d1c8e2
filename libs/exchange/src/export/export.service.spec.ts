import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fromBufferPromise } from 'yauzl';
import { IsNull, Not } from 'typeorm';
import { DriveNode } from '@vitrine/drive';
import { newId } from '@vitrine/kernel';
import { syntheticCtStudy, syntheticGenome, syntheticReportPdf } from '@vitrine/samples';
import { Blob } from '@vitrine/vault';
import { bytesOf } from '@vitrine/vault/testing';
import { filesBelow, testData } from '../../testing/data-files.js';
import { ExchangeBench, sharedExaminer, type SentFile } from '../../testing/exchange-bench.js';

jest.setTimeout(120_000);

const data = testData();
const withData = data === undefined ? it.skip : it;
const study = (options = {}) => syntheticCtStudy({ slices: 3, size: 16, ...options });
const { signal } = new AbortController();
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(bytes: Uint8Array) {
  yield bytes;
}

type Person = Awaited<ReturnType<ExchangeBench['patient']>>;

/** What is in a ZIP, by name, as an independent reader sees it. */
async function unzip(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: true });
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await bytesOf(await zip.openReadStreamPromise(entry)));
  }
  return files;
}

describe('ExportService', () => {
  let bench: ExchangeBench;
  let jane: Person;
  beforeEach(async () => {
    bench = await ExchangeBench.open();
    jane = await bench.patient();
  });
  afterEach(() => bench.close());
  afterAll(() => sharedExaminer.end());

  const add = async ({ account, patient }: Person, ...files: SentFile[]) =>
    bench.send(account, await bench.imports.beginOwn(account, patient), files);
  const whole = async (patient: Person['patient'], itemIds?: readonly string[]) => {
    const found = await bench.exports.open(patient, itemIds);
    return bytesOf(found.read({ start: 0, end: found.bytes }, signal));
  };
  const originals = async (patientId: string, at = bench) => {
    const blobs = await at.database.dataSource.getRepository(Blob).findBy({ patientId });
    const summed = await at.checks.summed(
      patientId,
      blobs.map(({ id }) => id),
    );
    return [...summed.values()].map(({ sums }) => sums.sha256).sort();
  };
  const shape = async (patientId: string, at = bench) =>
    (await at.records.list(patientId))
      .map(({ kind, title, takenOn, count, bytes }) => [kind, title, takenOn, count, bytes].join(' '))
      .sort();

  it('holds every original, a table of contents for programs, checksums and a page for people', async () => {
    await add(jane, ...study(), syntheticGenome(), { ...syntheticReportPdf(), name: 'Brief: Müller?.pdf' });
    const files = await unzip(await whole(jane.patient));
    expect([...files.keys()]).toEqual([
      'README.TXT',
      'DICOMDIR',
      'index.fhir.json',
      'CHECKSUMS.sha256',
      'DICOM/S0000001/E0000001/I0000001',
      'DICOM/S0000001/E0000001/I0000002',
      'DICOM/S0000001/E0000001/I0000003',
      'DOCUMENTS/Brief_ Müller_.pdf',
      'GENOMES/synthetic-genome.vcf/synthetic-genome.vcf',
    ]);
    const sums = files.get('CHECKSUMS.sha256')!.toString().trim().split('\n');
    expect(sums).toHaveLength(files.size - 1);
    for (const line of sums) {
      const [sum, name = ''] = line.split('  ');
      expect(sha256(files.get(name)!)).toBe(sum);
    }
    const index = JSON.parse(files.get('index.fhir.json')!.toString()) as {
      entry: { resource: { resourceType: string } }[];
    };
    expect(index).toMatchObject({ resourceType: 'Bundle', type: 'collection' });
    expect(index.entry.map(({ resource }) => resource.resourceType).sort()).toEqual([
      'DocumentReference',
      'DocumentReference',
      'ImagingStudy',
      'Patient',
    ]);
    expect(files.get('README.TXT')!.toString()).toContain('Health record of Jane Doe');
  });

  it('makes the same bytes each time, and any part of them by itself', async () => {
    await add(jane, ...study(), syntheticGenome());
    const first = await bench.exports.open(jane.patient);
    const bytes = await bytesOf(first.read({ start: 0, end: first.bytes }, signal));
    expect(bytes).toHaveLength(first.bytes);
    await bench.start();
    const again = await bench.exports.open(jane.patient);
    expect(again.etag).toBe(first.etag);
    for (const start of [0, 1, 29, 500, 5_000, bytes.length - 23, bytes.length - 1])
      for (const end of [start + 1, Math.min(start + 700, bytes.length), bytes.length])
        expect(sha256(await bytesOf(again.read({ start, end }, signal)))).toBe(
          sha256(bytes.subarray(start, end)),
        );
  });

  it('has another validator after the record has changed', async () => {
    await add(jane, ...study());
    const before = await bench.exports.open(jane.patient);
    await add(jane, syntheticGenome());
    const after = await bench.exports.open(jane.patient);
    expect(after.etag).not.toBe(before.etag);
    expect(
      (await bench.exports.open({ id: jane.patient.id, name: 'Jane Roe', birthDate: null })).etag,
    ).not.toBe(after.etag);
  });

  it('hands out a selection, and nothing of another patient', async () => {
    await add(jane, ...study(), syntheticGenome());
    const genome = (await bench.records.list(jane.patient.id, { kind: 'genome' }))[0]!;
    const files = await unzip(await whole(jane.patient, [genome.id]));
    expect([...files.keys()].filter((name) => name.includes('/'))).toHaveLength(1);
    expect(files.has('DICOMDIR')).toBe(false);
    const joe = await bench.patient('Joe Bloggs');
    await expect(bench.exports.open(joe.patient, [genome.id])).rejects.toMatchObject({
      code: 'delegation.not-visible',
    });
    await expect(bench.exports.open(jane.patient, [newId()])).rejects.toMatchObject({
      code: 'delegation.not-visible',
    });
  });

  it('comes back into an empty installation, which knows nothing of this one, as the same files and items', async () => {
    await add(jane, ...study(), syntheticGenome(), syntheticReportPdf());
    const zip = await whole(jane.patient);
    const elsewhere = await ExchangeBench.open();
    try {
      const { account, patient } = await elsewhere.patient();
      const begun = await elsewhere.imports.beginOwn(account, patient);
      const report = await elsewhere.send(account, begun, [{ name: 'health-record.zip', bytes: zip }]);
      expect(report.notes.filter(({ code }) => code !== 'exchange.ignored')).toEqual([]);
      expect(await originals(patient.id, elsewhere)).toEqual(await originals(jane.patient.id));
      expect(await shape(patient.id, elsewhere)).toEqual(await shape(jane.patient.id));
    } finally {
      await elsewhere.close();
    }
  });

  it('comes back as a selection too: the chosen items byte for byte, and nothing else', async () => {
    await add(jane, ...study(), syntheticGenome(), syntheticReportPdf());
    const chosen = (await bench.records.list(jane.patient.id)).filter(({ kind }) => kind !== 'document');
    const zip = await whole(
      jane.patient,
      chosen.map(({ id }) => id),
    );
    const other = await bench.patient();
    await add(other, { name: 'selection.zip', bytes: zip });
    const pdf = createHash('sha256').update(syntheticReportPdf().bytes).digest('hex');
    const all = await originals(jane.patient.id);
    expect(all).toContain(pdf);
    expect(await originals(other.patient.id)).toEqual(all.filter((sum) => sum !== pdf));
    const wanted = chosen.map(({ kind, title, takenOn, count, bytes }) =>
      [kind, title, takenOn, count, bytes].join(' '),
    );
    expect(await shape(other.patient.id)).toEqual(wanted.sort());
  });

  it('takes along what the network drive has besides, and brings it back into a drive', async () => {
    const put = (patientId: string, path: string[], bytes: Uint8Array) =>
      bench.drive.put(
        { patientId, path, conditions: { lists: [], ifMatch: undefined, ifNoneMatch: undefined } },
        once(bytes),
      );
    const folder = (patientId: string, path: string[]) =>
      bench.drive.makeFolder({
        patientId,
        path,
        conditions: { lists: [], ifMatch: undefined, ifNoneMatch: undefined },
      });
    const strange = Buffer.from([0, 1, 2, 3]);
    const other = Buffer.from('a table;of a device\n');
    const { id } = jane.patient;
    await add(jane, syntheticReportPdf());
    await folder(id, ['EKG 2026']);
    await put(id, ['EKG 2026', 'strange.xyz'], strange);
    await put(id, ['EKG 2026', 'index.html'], other);
    await put(id, ['diary: May?.xyz'], other);
    // The record has this one, and it goes out once.
    await put(id, ['report.pdf'], syntheticReportPdf().bytes);
    const before = await bench.exports.open(jane.patient);
    const zip = await whole(jane.patient);
    const files = await unzip(zip);
    expect([...files.keys()].filter((name) => name.startsWith('DRIVE/')).sort()).toEqual([
      'DRIVE/EKG 2026/index.html',
      'DRIVE/EKG 2026/strange.xyz',
      'DRIVE/diary_ May_.xyz',
    ]);
    expect(files.get('DRIVE/EKG 2026/strange.xyz')!.equals(strange)).toBe(true);
    const sums = files.get('CHECKSUMS.sha256')!.toString();
    expect(sums).toContain(`${sha256(strange)}  DRIVE/EKG 2026/strange.xyz\n`);
    expect(files.get('README.TXT')!.toString()).toContain('DRIVE/            3 files');

    const joe = await bench.patient();
    const report = await add(joe, { name: 'health-record.zip', bytes: zip });
    expect(report.notes.filter(({ code }) => code !== 'exchange.ignored')).toEqual([]);
    expect(report.filesStored).toBe(4);
    const there = await bench.transfer.files(joe.patient.id);
    expect(there.map(({ path }) => path.join('/')).sort()).toEqual([
      'EKG 2026/index.html',
      'EKG 2026/strange.xyz',
      'diary_ May_.xyz',
    ]);
    for (const { path, blobId } of there)
      expect(sha256(await bytesOf(await bench.vault.open(joe.patient.id, blobId)))).toBe(
        sha256(path.includes('strange.xyz') ? strange : other),
      );
    // Once more changes nothing, what is there under the same name stays, and nobody offers it to the record.
    expect(await add(joe, { name: 'again.zip', bytes: zip })).toMatchObject({ filesStored: 0 });
    await put(joe.patient.id, ['EKG 2026', 'strange.xyz'], other);
    await add(joe, ...[...files].map(([name, bytes]) => ({ name: `unpacked/${name}`, bytes })));
    expect((await bench.transfer.files(joe.patient.id)).map(({ path }) => path.join('/'))).toContain(
      'EKG 2026/2-strange.xyz',
    );
    const offered = { patientId: joe.patient.id, pendingSince: Not(IsNull()) };
    expect(await bench.database.dataSource.getRepository(DriveNode).countBy(offered)).toBe(1);

    await put(id, ['one more.xyz'], Buffer.from('more'));
    expect((await bench.exports.open(jane.patient)).etag).not.toBe(before.etag);
  });

  it('brings nothing into the drive of a patient for whom a provider deposits', async () => {
    await bench.drive.put(
      {
        patientId: jane.patient.id,
        path: ['strange.xyz'],
        conditions: { lists: [], ifMatch: undefined, ifNoneMatch: undefined },
      },
      once(Buffer.from([1, 2])),
    );
    await add(jane, syntheticReportPdf());
    const zip = await whole(jane.patient);
    const joe = await bench.patient();
    const provider = await bench.account('provider', 'Dr Weber', 'City Radiology');
    const draft = { label: 'City Radiology', expiresInDays: 30, maximumUses: 1 };
    const { secret } = await bench.depositCodes.create(joe, draft);
    await bench.send(provider, await bench.imports.beginDeposit(provider, secret), [
      { name: 'record.zip', bytes: zip },
    ]);
    expect(await bench.transfer.files(joe.patient.id)).toEqual([]);
  });

  withData('brings real scans, genomes and documents back, byte for byte', async () => {
    const folders = [
      'dicom/cd-ct',
      'dicom/charset',
      'dicom/objects',
      'dicom/transfer-syntax',
      'genome',
      'documents/pdf',
    ];
    for (const folder of folders)
      await add(
        jane,
        ...filesBelow(join(data!, folder)).map((name) => ({
          name: `${folder}/${name}`,
          bytes: readFileSync(join(data!, folder, name)),
        })),
      );
    const zip = await whole(jane.patient);
    const other = await bench.patient();
    await add(other, { name: 'health-record.zip', bytes: zip });
    const there = await originals(jane.patient.id);
    expect(there.length).toBeGreaterThan(70);
    expect(await originals(other.patient.id)).toEqual(there);
    expect(await shape(other.patient.id)).toEqual(await shape(jane.patient.id));
  });

  it('cuts the transfer at a damaged file, and from then on leaves it out and says so', async () => {
    await add(jane, ...study(), syntheticReportPdf());
    const [blob] = await bench.database.dataSource
      .getRepository(Blob)
      .find({ where: { patientId: jane.patient.id }, order: { bytes: 'DESC' } });
    const summed = await bench.checks.summed(jane.patient.id, [blob!.id]);
    const path = join(bench.dataDir, 'vault', jane.patient.id, blob!.id);
    const bytes = readFileSync(path);
    bytes[100]! ^= 1;
    writeFileSync(path, bytes);
    await expect(whole(jane.patient)).rejects.toMatchObject({ code: 'vault.damaged' });
    const files = await unzip(await whole(jane.patient));
    expect([...files.values()].map(sha256)).not.toContain(summed.get(blob!.id)!.sums.sha256);
    expect(files.get('README.TXT')!.toString()).toContain('NOT IN HERE: 1 files');
    expect([...files.keys()].filter((name) => name.includes('/'))).toHaveLength(3);
  });

  it('notices a file that was damaged after it was found intact', async () => {
    await add(jane, syntheticReportPdf());
    await whole(jane.patient);
    const blob = (await bench.database.dataSource.getRepository(Blob).findOneBy({}))!;
    writeFileSync(join(bench.dataDir, 'vault', jane.patient.id, blob.id), Buffer.alloc(blob.bytes, 7));
    await expect(whole(jane.patient)).rejects.toMatchObject({ code: 'vault.damaged' });
  });

  it('lets one patient have a few downloads at once, and counts those that were left', async () => {
    await add(jane, syntheticReportPdf());
    const begin = async () => {
      const { bytes, read } = await bench.exports.open(jane.patient);
      const download = read({ start: 0, end: bytes }, signal);
      await download.next();
      return download;
    };
    const running = await Promise.all(Array.from({ length: 6 }, begin));
    await expect(begin()).rejects.toMatchObject({ code: 'kernel.too-many-requests' });
    await running[0]!.return(undefined);
    await begin();
  });
});

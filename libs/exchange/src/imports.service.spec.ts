import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { newId } from '@vitrine/kernel';
import { RecordFile } from '@vitrine/records';
import { dicomFile, syntheticCtStudy, syntheticGenome, syntheticReportPdf, uidOf } from '@vitrine/samples';
import { zipOf } from '../testing/zip-of.js';
import { testData } from '../testing/data-files.js';
import { ExchangeBench, sharedExaminer, type SentFile } from '../testing/exchange-bench.js';
import { Import } from './import.entity.js';

jest.setTimeout(60_000);

const study = (options = {}) => syntheticCtStudy({ slices: 3, size: 16, ...options });
const data = testData();
const withData = data === undefined ? it.skip : it;

describe('ImportsService', () => {
  let bench: ExchangeBench;
  beforeEach(async () => {
    bench = await ExchangeBench.open();
  });
  afterEach(() => bench.close());
  afterAll(() => sharedExaminer.end());

  const add = async (
    { account, patient }: Awaited<ReturnType<ExchangeBench['patient']>>,
    ...files: SentFile[]
  ) => bench.send(account, await bench.imports.beginOwn(account, patient), files);

  it('makes a study, a genome and a document of what a patient adds, and leaves no upload behind', async () => {
    const jane = await bench.patient();
    const done = await add(jane, ...study(), syntheticGenome(), syntheticReportPdf());
    expect(done).toMatchObject({
      state: 'done',
      filesReceived: 5,
      filesExamined: 5,
      filesStored: 5,
      notes: [],
    });
    const items = await bench.records.list(jane.patient.id);
    expect(items.map(({ kind, title, count, state }) => [kind, title, count, state]).sort()).toEqual([
      ['document', 'ct-head-report', 1, 'kept'],
      ['genome', 'Genetic variants: synthetic-genome', 1, 'kept'],
      ['imaging', 'CT of the head', 3, 'kept'],
    ]);
    expect(items.find(({ kind }) => kind === 'imaging')).toMatchObject({
      takenOn: '2025-06-12',
      study: { patientName: 'Jane Doe', mismatch: 'none', seriesCount: 1, modalities: ['CT'] },
    });
    expect(bench.leftovers()).toEqual([]);
    expect(bench.stored(jane.patient.id)).toHaveLength(5);
  });

  it('stores every file of a large import, which are kept by the hundred', async () => {
    const jane = await bench.patient();
    expect(await add(jane, ...study({ slices: 230 }))).toMatchObject({ state: 'done', filesStored: 230 });
    expect(bench.stored(jane.patient.id)).toHaveLength(230);
  });

  it('keeps the original bytes', async () => {
    const jane = await bench.patient();
    const report = syntheticReportPdf();
    const done = await add(jane, report);
    const { files } = await bench.records.withFiles(jane.patient.id, done.items[0]?.id ?? '');
    const parts: Uint8Array[] = [];
    for await (const part of await bench.vault.open(jane.patient.id, files[0]?.blobId ?? ''))
      parts.push(part as Uint8Array);
    expect(Buffer.concat(parts).equals(report.bytes)).toBe(true);
  });

  it('stores nothing twice and says how much was there already', async () => {
    const jane = await bench.patient();
    await add(jane, ...study(), syntheticReportPdf());
    const again = await add(jane, ...study(), syntheticReportPdf());
    expect(again).toMatchObject({ filesStored: 0, filesDuplicate: 4, notes: [], items: [] });
    expect(await bench.records.list(jane.patient.id)).toHaveLength(2);
    expect(bench.stored(jane.patient.id)).toHaveLength(4);
  });

  it('makes one study of parts that come at different times', async () => {
    const jane = await bench.patient();
    const [first, ...rest] = study();
    await add(jane, first!);
    const second = await add(jane, ...rest);
    expect(await bench.records.list(jane.patient.id)).toMatchObject([{ count: 3 }]);
    expect(second.items).toMatchObject([{ kind: 'imaging', count: 3 }]);
  });

  it('never overwrites an image: other bytes under the same UID are kept beside it and flagged', async () => {
    const jane = await bench.patient();
    const uids: [number, number, string, string][] = [
      [0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.2'],
      [0x0008, 0x0018, 'UI', uidOf('image')],
    ];
    const version = (text: string): SentFile => ({
      name: `${text}.dcm`,
      bytes: dicomFile(uidOf('image'), [
        ...uids,
        [0x0008, 0x0060, 'CS', 'CT'],
        [0x0008, 0x1030, 'LO', text],
        [0x0020, 0x000d, 'UI', uidOf('study')],
        [0x0020, 0x000e, 'UI', uidOf('series')],
      ]),
    });
    await add(jane, version('one'));
    const second = await add(jane, version('two'));
    expect(second.notes).toMatchObject([{ untrustedName: 'two.dcm', code: 'exchange.flagged' }]);
    expect(await bench.records.list(jane.patient.id)).toHaveLength(2);
    expect(await bench.database.dataSource.getRepository(RecordFile).count()).toBe(2);
  });

  it('flags images under another name, and keeps apart one study under two names', async () => {
    const jane = await bench.patient();
    const other = study({ patientName: 'Stranger^Sam', birthDate: '19300101' });
    const done = await add(jane, ...other);
    expect(done.items).toMatchObject([{ state: 'kept', study: { mismatch: 'unconfirmed' } }]);
  });

  it('takes what is good in an archive and says what was left out and why', async () => {
    const jane = await bench.patient();
    const [image] = study();
    const disc = await zipOf([
      { name: 'DICOM/IM0001', bytes: image!.bytes },
      { name: 'AUTORUN.INF', bytes: Buffer.from('[autorun]') },
      { name: 'notes.xyz', bytes: Buffer.from('what is this') },
      { name: 'inner.zip', bytes: await zipOf([syntheticReportPdf()]) },
    ]);
    const done = await add(jane, { name: 'disc.zip', bytes: disc });
    expect(done.items.map(({ kind }) => kind).sort()).toEqual(['document', 'imaging']);
    expect(done.notes.map(({ untrustedName, code }) => [untrustedName, code]).sort()).toEqual([
      ['AUTORUN.INF', 'exchange.ignored'],
      ['notes.xyz', 'exchange.unknown-format'],
    ]);
    expect(bench.leftovers()).toEqual([]);
  });

  it('says so when there was nothing usable', async () => {
    const jane = await bench.patient();
    const done = await add(jane, { name: 'x.xyz', bytes: Buffer.from('?') });
    expect(done.notes.map(({ code }) => code)).toEqual([
      'exchange.unknown-format',
      'exchange.nothing-usable',
    ]);
    expect(bench.stored(jane.patient.id)).toEqual([]);
  });

  it('lists a bounded number of notes and counts the rest', async () => {
    const jane = await bench.patient();
    const bad = Array.from({ length: 230 }, (_, index) => ({
      name: `${index}.xyz`,
      bytes: Buffer.from(`? ${index}`),
    }));
    const done = await add(jane, { name: 'bad.zip', bytes: await zipOf(bad) });
    expect(done.notes).toHaveLength(200);
    expect(done.notesOmitted).toBe(31);
  });

  it('records who added what', async () => {
    const jane = await bench.patient();
    const done = await add(jane, syntheticReportPdf());
    const [event] = await bench.database.dataSource.getRepository(AuditEvent).find();
    expect(event).toMatchObject({
      action: 'record.added',
      patientId: jane.patient.id,
      agent: { kind: 'account', id: jane.account.id },
      entities: [{ kind: 'import', id: done.id }, { kind: 'item' }],
    });
  });

  it('fails as a whole when there is no room, and leaves what was there', async () => {
    await bench.close();
    bench = await ExchangeBench.open(4_000);
    const jane = await bench.patient();
    await add(jane, syntheticReportPdf());
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    bench.sender = jane.account.id;
    expect(await bench.upload(begun.id, { name: 'a.pdf', bytes: Buffer.alloc(3_500) })).toBe(507);
    // What an archive unpacks to is only known later.
    const packed = await zipOf([
      { name: 'big.pdf', bytes: Buffer.concat([Buffer.from('%PDF-'), Buffer.alloc(9_000)]) },
    ]);
    const done = await bench.send(jane.account, begun, [{ name: 'big.zip', bytes: packed }]);
    expect(done.notes.map(({ code }) => code)).toContain('exchange.too-large');
    expect(await bench.records.list(jane.patient.id)).toHaveLength(1);
    expect(bench.stored(jane.patient.id)).toHaveLength(1);
  });

  it('lets only the account that began an import see it, add to it and finish it', async () => {
    const jane = await bench.patient();
    const eve = await bench.patient('Eve Other');
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    bench.sender = eve.account.id;
    expect(await bench.upload(begun.id, syntheticReportPdf())).toBe(404);
    expect(await bench.upload(newId(), syntheticReportPdf())).toBe(404);
    expect(await bench.upload('../../escape', syntheticReportPdf())).toBe(400);
    for (const refused of [
      () => bench.imports.get(eve.account.id, begun.id),
      () => bench.imports.finish(eve.account.id, begun.id),
      () => bench.imports.get(jane.account.id, '../x'),
    ])
      await expect(refused()).rejects.toMatchObject({ code: 'delegation.not-visible' });
    expect(bench.leftovers()).toEqual([]);
  });

  it('goes on with an upload where it was cut', async () => {
    const jane = await bench.patient();
    bench.sender = jane.account.id;
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    const { bytes } = syntheticReportPdf();
    const url = await bench.announce(begun.id, 'r.pdf', bytes.length);
    const patch = (from: number, to: number) => bench.patch(url, from, bytes.subarray(from, to));
    expect((await patch(0, 100)).status).toBe(204);
    expect(await bench.offset(url)).toBe(100);
    expect((await patch(50, 200)).status).toBe(409);
    expect((await patch(100, bytes.length)).status).toBe(204);
    const done = await bench.send(jane.account, begun, []);
    expect(done).toMatchObject({ state: 'done', filesStored: 1 });
    expect((await patch(bytes.length, bytes.length)).status).toBe(404);
  });

  it('takes up after a crash what was being examined, and adds it once', async () => {
    const jane = await bench.patient();
    bench.sender = jane.account.id;
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    for (const file of study()) await bench.upload(begun.id, file);
    await bench.database.transactor.run((manager) =>
      manager.update(Import, begun.id, { state: 'examining' }),
    );
    // Killed in the middle: bytes are in the vault that nothing refers to.
    await bench.vault.put(jane.patient.id, [study()[0]!.bytes] as unknown as AsyncIterable<Uint8Array>);
    await bench.start();
    await bench.runner.idle();
    expect(await bench.imports.get(jane.account.id, begun.id)).toMatchObject({
      state: 'done',
      filesStored: 3,
    });
    expect(await bench.records.list(jane.patient.id)).toMatchObject([{ count: 3 }]);
    expect(bench.stored(jane.patient.id)).toHaveLength(3);
    expect(bench.leftovers()).toEqual([]);
  });

  it('forgets an import that nobody finished within a day', async () => {
    const jane = await bench.patient();
    bench.sender = jane.account.id;
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    await bench.upload(begun.id, syntheticReportPdf());
    bench.clock.advance(25 * 60 * 60_000);
    await bench.start();
    expect(await bench.imports.get(jane.account.id, begun.id)).toMatchObject({ state: 'failed' });
    expect(bench.leftovers()).toEqual([]);
  });

  it('tells of progress until the end', async () => {
    const jane = await bench.patient();
    bench.sender = jane.account.id;
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    await bench.upload(begun.id, syntheticReportPdf());
    const states: string[] = [];
    const ended = new Promise<void>((resolve) => {
      void bench.imports.watch(jane.account.id, begun.id, ({ state }) => states.push(state), resolve);
    });
    await bench.imports.finish(jane.account.id, begun.id);
    await ended;
    expect([states[0], states.at(-1)]).toEqual(['receiving', 'done']);
  });

  describe('deposits', () => {
    const deposit = async (files: readonly SentFile[], patientName = 'Jane Doe') => {
      const jane = await bench.patient(patientName);
      const provider = await bench.account('provider', 'Dr Weber', 'City Hospital');
      const { secret } = await bench.depositCodes.create(jane, {
        label: 'CT',
        expiresInDays: 1,
        maximumUses: 1,
      });
      const begun = await bench.imports.beginDeposit(provider, secret);
      const done = await bench.send(provider, begun, files);
      return { jane, provider, secret, done };
    };
    const agent = { kind: 'account' as const, id: newId(), name: 'Jane Doe' };

    it('wait for the patient’s yes and show the provider nothing of the record', async () => {
      const { jane, provider, done } = await deposit(study());
      expect(done).toMatchObject({ state: 'done', filesStored: 3, items: [] });
      expect(done.deposits).toMatchObject([{ title: 'CT of the head', count: 3, decision: 'pending' }]);
      const [item] = await bench.records.list(jane.patient.id);
      expect(item).toMatchObject({ state: 'pending', from: { organisation: 'City Hospital' } });
      await expect(bench.records.openable(jane.patient.id, [item!.id])).rejects.toMatchObject({
        code: 'delegation.not-visible',
      });
      await bench.records.accept(jane.patient.id, item!.id, agent);
      expect(await bench.records.openable(jane.patient.id, [item!.id])).toHaveLength(1);
      expect(await bench.imports.list(provider.id)).toMatchObject([{ deposits: [{ decision: 'accepted' }] }]);
    });

    it('do not tell the provider what the patient has already', async () => {
      const jane = await bench.patient();
      await add(jane, ...study());
      const provider = await bench.account('provider', 'Dr Weber', 'City Hospital');
      const { secret } = await bench.depositCodes.create(jane, {
        label: 'CT',
        expiresInDays: 1,
        maximumUses: 1,
      });
      const done = await bench.send(provider, await bench.imports.beginDeposit(provider, secret), study());
      expect(done).toMatchObject({ filesStored: 3, filesDuplicate: 0 });
      const [pending] = await bench.records.list(jane.patient.id);
      const kept = await bench.records.accept(jane.patient.id, pending!.id, agent);
      expect(kept).toMatchObject({ count: 3 });
      expect(await bench.records.list(jane.patient.id)).toHaveLength(1);
    });

    it('are gone with their bytes when they are rejected', async () => {
      const { jane, provider } = await deposit(study());
      const [item] = await bench.records.list(jane.patient.id);
      await bench.records.reject(jane.patient.id, item!.id, agent);
      expect(await bench.records.list(jane.patient.id)).toEqual([]);
      expect(bench.stored(jane.patient.id)).toEqual([]);
      expect(await bench.imports.list(provider.id)).toMatchObject([{ deposits: [{ decision: 'rejected' }] }]);
    });

    it('of another person need a word of the patient', async () => {
      const { jane } = await deposit(study(), 'Somebody Else');
      const [item] = await bench.records.list(jane.patient.id);
      await expect(bench.records.accept(jane.patient.id, item!.id, agent)).rejects.toMatchObject({
        code: 'exchange.mismatch-unconfirmed',
      });
      const kept = await bench.records.accept(jane.patient.id, item!.id, agent, { confirmMismatch: true });
      expect(kept).toMatchObject({ state: 'kept', study: { mismatch: 'confirmed' } });
    });

    it('use a code as often as it may be and no more', async () => {
      const { provider, secret } = await deposit(study());
      await expect(bench.imports.beginDeposit(provider, secret)).rejects.toMatchObject({
        code: 'delegation.deposit-code-unusable',
      });
    });
  });

  withData(
    'sorts real files: a disc, a genome with its index and reference, two patients with one UID',
    async () => {
      const jane = await bench.patient();
      const file = (path: string, name = path): SentFile => ({
        name,
        bytes: readFileSync(join(data ?? '', path)),
      });
      const tiny = [
        'q.fa',
        'q.fa.fai',
        'na12878.bam',
        'na12878.bam.bai',
        'na12878.cram',
        'na12878.cram.crai',
      ];
      const done = await add(
        jane,
        file('dicom/cd-ct.zip'),
        ...tiny.map((name) => file(`genome/na12878-chr22-tiny/${name}`)),
        file('hostile/dicom/collision-1-patient-a.dcm'),
        file('hostile/dicom/collision-1-patient-b.dcm'),
      );
      const items = done.items.map(({ kind, title, count }) => [kind, title, count]);
      expect(items).toContainEqual(['imaging', 'CT of the head', 24]);
      expect(items).toContainEqual(['genome', 'Genome reads: na12878', 2]);
      expect(items.filter(([kind]) => kind === 'genome')).toHaveLength(2);
      expect(items.filter(([, , count]) => count === 1)).toHaveLength(2);
      expect(done.notes.map(({ code }) => code)).toContain('exchange.flagged');
    },
  );
});

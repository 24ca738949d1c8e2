import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { syntheticGenome, syntheticReportPdf } from '@vitrine/samples';
import { PartitionKey } from '@vitrine/vault';
import { ExchangeBench, sharedExaminer, type SentFile } from '../testing/exchange-bench.js';

jest.setTimeout(60_000);

/** The beginning of a BAM file and the block that ends it. */
const bamFile = (): Buffer => {
  const block = gzipSync(Buffer.from('BAM\x01\0\0\0\0\0\0\0\0', 'latin1'));
  const extra = Buffer.from('060042430200', 'hex');
  const size = Buffer.alloc(2);
  size.writeUInt16LE(block.length + 8 - 1);
  block[3] = 4;
  const end = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');
  return Buffer.concat([block.subarray(0, 10), extra, size, block.subarray(10), end]);
};

describe('an import of documents and genomes', () => {
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

  it('keeps an index with its data, also when it comes later and from another folder', async () => {
    const jane = await bench.patient();
    const reads = { name: 'run/reads.bam', bytes: bamFile() };
    const index = { name: 'reads.bam.bai', bytes: Buffer.from('BAI\x01\0\0\0\0', 'latin1') };
    const alone = await add(jane, index);
    expect(alone.notes).toMatchObject([{ code: 'exchange.ignored' }, { code: 'exchange.nothing-usable' }]);
    await add(jane, reads);
    const late = await add(jane, index);
    expect(late).toMatchObject({ filesStored: 1, notes: [], items: [{ kind: 'genome', count: 1 }] });
    const both = await add(jane, reads, { ...index, name: 'run/reads.bam.bai' });
    expect(both).toMatchObject({ filesStored: 0, filesDuplicate: 2 });
    const [item, ...others] = await bench.records.list(jane.patient.id);
    expect(others).toEqual([]);
    const { files } = await bench.records.withFiles(jane.patient.id, item?.id ?? '');
    expect(files.map(({ format }) => format).sort()).toEqual(['bam', 'index']);
    expect(item?.bytes).toBe(reads.bytes.length + index.bytes.length);
  });

  it('says of a document whose it is, and flags one that is about somebody else', async () => {
    const document = {
      name: 'x.dcm',
      bytes: Buffer.from(
        `<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Discharge letter</title><effectiveTime value="20240305"/>
         <recordTarget><patientRole><patient><name><given>Jane</given><family>Doe</family></name>
         <birthTime value="19510402"/></patient></patientRole></recordTarget></ClinicalDocument>`,
      ),
    };
    const jane = await bench.patient();
    expect((await add(jane, document)).items).toMatchObject([
      {
        kind: 'document',
        title: 'Discharge letter',
        takenOn: '2024-03-05',
        formats: ['cda'],
        document: { patientName: 'Jane Doe', mismatch: 'none' },
      },
    ]);
    expect(await bench.records.list(jane.patient.id, { search: 'discharge 2024 cda' })).toHaveLength(1);
    const other = await bench.patient('Richard Roe');
    const [item] = (await add(other, document)).items;
    expect(item).toMatchObject({ document: { mismatch: 'unconfirmed' } });
    const agent = { kind: 'account', id: other.account.id, name: 'Richard Roe' } as const;
    await bench.records.accept(other.patient.id, item?.id ?? '', agent, { confirmMismatch: true });
    expect(await bench.records.list(other.patient.id)).toMatchObject([
      { document: { mismatch: 'confirmed' } },
    ]);
  });

  it('dates a PDF by the day on which it was made', async () => {
    const jane = await bench.patient();
    const pdf = Buffer.from(
      '%PDF-1.4\n1 0 obj\n<< /CreationDate (D:20190704101112Z) >>\nendobj\ntrailer << /Info 1 0 R >>\n%%EOF\n',
    );
    expect((await add(jane, { name: 'letter.pdf', bytes: pdf })).items).toMatchObject([
      { title: 'letter', takenOn: '2019-07-04' },
    ]);
    expect(await bench.records.list(jane.patient.id, { search: 'july 2019' })).toHaveLength(1);
  });

  it('seals a document under the key of the part of the record that it belongs to', async () => {
    const jane = await bench.patient();
    const prescription = {
      name: 'a.json',
      bytes: Buffer.from('{"resourceType":"MedicationRequest","authoredOn":"2024-01-02"}'),
    };
    await add(jane, prescription, syntheticGenome(), syntheticReportPdf());
    const rows = await bench.database.dataSource
      .getRepository(PartitionKey)
      .findBy({ patientId: jane.patient.id });
    expect(rows.map(({ purpose }) => purpose).sort()).toEqual([
      'digest',
      'genome',
      'medical',
      'medication',
      'upload',
    ]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { RecordFile, RecordItem } from '@vitrine/records';
import { layOutRecord } from './record-layout.js';

const item = (title: string): RecordItem =>
  Object.assign(new RecordItem(), { id: newId(), kind: 'document' as const, title });

const file = (of: RecordItem, untrustedName: string, change: Partial<RecordFile> = {}): RecordFile =>
  Object.assign(new RecordFile(), {
    id: newId(),
    itemId: of.id,
    blobId: newId(),
    untrustedName,
    format: 'dicom' as const,
    seriesNumber: null,
    seriesInstanceUid: null,
    instanceNumber: null,
    ...change,
  });

const paths = (items: RecordItem[], files: RecordFile[]) =>
  layOutRecord(items, files).files.map(({ path }) => path);

describe('layOutRecord', () => {
  it('takes no name from outside into a path', () => {
    const study = item('CT');
    const files = ['../../etc/passwd', '/dev/sda', 'a\0b', 'C:\\x.exe', '.open', 'ＵＮＩ.dcm'].map((name) =>
      file(study, name),
    );
    for (const path of paths([study], files)) expect(path).toMatch(/^item-1\/\d{6}\.dcm$/);
  });

  it('puts what is to be read in the place of a document that is made for programs', () => {
    const letter = item('Letter');
    const scan = item('Scan');
    const [cda, other] = [file(letter, 'a.xml', { format: 'cda' }), file(scan, 'b.xml', { format: 'cda' })];
    const bytes = new Uint8Array([1]);
    const layout = layOutRecord(
      [letter, scan],
      [cda, other],
      new Map([
        [cda.id, { kind: 'html', bytes }],
        [other.id, { kind: 'pdf', bytes }],
      ]),
    );
    expect(layout.files).toEqual([]);
    expect(layout.pages).toEqual([
      { path: 'item-1/000001.html', bytes },
      { path: 'item-2/000001.pdf', bytes },
    ]);
    expect(layout.open.items.map(({ files }) => files)).toEqual([
      [{ path: 'item-1/000001.html', format: 'text' }],
      [{ path: 'item-2/000001.pdf', format: 'pdf' }],
    ]);
  });

  it('orders images by series and instance, so that viewers show them in order', () => {
    const study = item('CT');
    const third = file(study, 'a', { seriesNumber: 2, instanceNumber: 1 });
    const second = file(study, 'b', { seriesNumber: 1, instanceNumber: 10 });
    const first = file(study, 'c', { seriesNumber: 1, instanceNumber: 9 });
    expect(layOutRecord([study], [third, second, first]).files.map(({ blobId }) => blobId)).toEqual(
      [first, second, third].map(({ blobId }) => blobId),
    );
  });

  it('puts an index beside its data, under the name that tools look for', () => {
    const genome = item('Genome');
    const files = [
      file(genome, 'tumour.bam', { format: 'bam' }),
      file(genome, 'tumour.bam.bai', { format: 'index' }),
      file(genome, 'calls.VCF.GZ', { format: 'vcf' }),
      file(genome, 'calls.vcf.gz.tbi', { format: 'index' }),
      file(genome, 'stranger.bai', { format: 'index' }),
    ];
    expect(paths([genome], files).sort()).toEqual([
      'item-1/000001.vcf.gz',
      'item-1/000001.vcf.gz.tbi',
      'item-1/000002.bam',
      'item-1/000002.bam.bai',
    ]);
  });

  it('keeps only endings that are known for a format', () => {
    const things = item('Things');
    const files = [
      file(things, 'a.jpeg', { format: 'image' }),
      file(things, 'b.exe', { format: 'image' }),
      file(things, 'c.sh', { format: 'text' }),
      file(things, 'd.html', { format: 'pdf' }),
    ];
    expect(paths([things], files)).toEqual([
      'item-1/000001.jpeg',
      'item-1/000002.png',
      'item-1/000003.txt',
      'item-1/000004.pdf',
    ]);
  });

  it('tells the viewer what belongs together, and does not list index files', () => {
    const [one, two] = [item('One'), item('Two')];
    const { open } = layOutRecord(
      [one, two],
      [file(two, 'r.bam', { format: 'bam' }), file(two, 'r.bai', { format: 'index' }), file(one, 'x')],
    );
    expect(open.items.map(({ title, files }) => [title, files])).toEqual([
      ['One', [{ path: 'item-1/000001.dcm', format: 'dicom' }]],
      ['Two', [{ path: 'item-2/000001.bam', format: 'bam' }]],
    ]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { groupFiles } from './file-groups.js';
import type { IndexKind, NewFile } from './new-file.js';

const file = (untrustedName: string, format: NewFile['format']): NewFile => ({
  blobId: untrustedName,
  bytes: 1,
  untrustedName,
  format,
  ...(format === 'index' ? { index: untrustedName.split('.').at(-1) as IndexKind } : {}),
});
const names = (files: readonly NewFile[]) => {
  const { groups, lonely } = groupFiles(files);
  return {
    groups: groups.map((group) => group.files.map((one) => one.untrustedName)),
    lonely: lonely.map((one) => one.untrustedName),
  };
};

describe('groupFiles', () => {
  it('keeps an index with its data, named either way', () => {
    expect(
      names([
        file('a.bam', 'bam'),
        file('a.bam.bai', 'index'),
        file('b.bam', 'bam'),
        file('b.bai', 'index'),
        file('c.vcf.gz', 'vcf'),
        file('c.vcf.gz.tbi', 'index'),
      ]).groups,
    ).toEqual([
      ['a.bam', 'a.bam.bai'],
      ['b.bam', 'b.bai'],
      ['c.vcf.gz', 'c.vcf.gz.tbi'],
    ]);
  });

  it('keeps a CSI index with whatever it can be of', () => {
    const whole = ['a.bam', 'b.bcf', 'c.vcf.gz', 'd.bed.gz', 'e.gff.gz'].map((name) => [
      file(name, name.split('.')[1] as NewFile['format']),
      file(`${name}.csi`, 'index'),
    ]);
    expect(names(whole.flat())).toEqual({
      groups: whole.map((pair) => pair.map(({ untrustedName }) => untrustedName)),
      lonely: [],
    });
    expect(names([file('f.cram', 'cram'), file('f.cram.csi', 'index')]).lonely).toEqual(['f.cram.csi']);
  });

  it('keeps the one reference that lies beside the data with it', () => {
    expect(
      names([file('x/a.cram', 'cram'), file('x/ref.fa', 'fasta'), file('x/ref.fa.fai', 'index')]).groups,
    ).toEqual([['x/a.cram', 'x/ref.fa', 'x/ref.fa.fai']]);
  });

  it('gives an index to no file that it cannot be of, whatever their names', () => {
    expect(names([file('a.vcf', 'vcf'), file('a.bam', 'bam'), file('a.bai', 'index')])).toEqual({
      groups: [['a.vcf'], ['a.bam', 'a.bai']],
      lonely: [],
    });
    expect(names([file('a.pdf', 'pdf'), file('a.pdf.bai', 'index')]).lonely).toEqual(['a.pdf.bai']);
  });

  it('does not reach into other folders', () => {
    expect(names([file('x/a.bam', 'bam'), file('y/a.bam.bai', 'index')])).toEqual({
      groups: [['x/a.bam']],
      lonely: ['y/a.bam.bai'],
    });
  });

  it('makes a document of each other file, with a title without underscores or extension', () => {
    expect(groupFiles([file('scan/My_report.pdf', 'pdf')]).groups).toMatchObject([
      { kind: 'document', title: 'My report' },
    ]);
  });
});

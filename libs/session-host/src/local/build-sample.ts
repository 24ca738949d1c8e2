import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import type { OpenFile } from '../image-contract.js';

interface BuildSample {
  readonly files: readonly { readonly path: string; readonly bytes: Buffer }[];
  readonly open: OpenFile;
}

const GENOTYPE = [
  '# Made data, of nobody',
  'rs3131972\t1\t752721\tAG',
  'rs4988235\t2\t136608646\tCT',
  '',
].join('\n');

/** What a build has to try a viewer with: made here, of nobody, laid out as a record is. */
export function buildSample(): BuildSample {
  const study = syntheticCtStudy({ slices: 8, size: 128 });
  const items = [
    {
      kind: 'imaging',
      title: 'Sample study',
      format: 'dicom',
      files: study.map(({ bytes }, index) => ({ name: `${String(index + 1).padStart(6, '0')}.dcm`, bytes })),
    },
    {
      kind: 'document',
      title: 'Sample report',
      format: 'pdf',
      files: [{ name: '000001.pdf', bytes: syntheticReportPdf().bytes }],
    },
    {
      kind: 'genome',
      title: 'Sample genotype',
      format: 'genotype',
      files: [{ name: '000001.txt', bytes: Buffer.from(GENOTYPE) }],
    },
  ].map((item, index) => ({
    ...item,
    id: String(index + 1).padStart(32, '0'),
    files: item.files.map(({ name, bytes }) => ({ path: `item-${index + 1}/${name}`, bytes })),
  }));
  return {
    files: items.flatMap(({ files }) => files),
    open: {
      version: 1,
      items: items.map(({ id, kind, title, format, files }) => ({
        id,
        kind,
        title,
        files: files.map(({ path }) => ({ path, format })),
      })),
    },
  };
}

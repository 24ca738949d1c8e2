import type { OpenFile } from '@vitrine/session-host';
import { dicomSample } from './dicom-sample.js';
import { pdfSample } from './pdf-sample.js';
import { imageSample } from './image-sample.js';
import { GENOTYPE, BED, FASTA, GFF, TEXT, VCF } from './text-samples.js';

export interface SampleFile {
  readonly path: string;
  readonly format: string;
  readonly bytes: Buffer;
}

/** What an admission test shows to a viewer: made here, of nobody. */
export interface Sample {
  readonly kind: string;
  readonly title: string;
  readonly files: readonly SampleFile[];
}

const one = (kind: string, format: string, ending: string, bytes: () => Buffer): [string, () => Sample] => [
  format,
  () => ({ kind, title: 'Sample', files: [{ path: `item-1/000001.${ending}`, format, bytes: bytes() }] }),
];

/** In the order in which they are tried: the first format of a viewer that is in here is the one it is tested with. */
const SAMPLES: ReadonlyMap<string, () => Sample> = new Map<string, () => Sample>([
  [
    'dicom',
    () => ({
      kind: 'imaging',
      title: 'Sample',
      files: dicomSample().map((bytes, index) => ({
        path: `item-1/${String(index + 1).padStart(6, '0')}.dcm`,
        format: 'dicom',
        bytes,
      })),
    }),
  ],
  one('document', 'pdf', 'pdf', pdfSample),
  one('genome', 'vcf', 'vcf', () => Buffer.from(VCF)),
  one('genome', 'bed', 'bed', () => Buffer.from(BED)),
  one('genome', 'gff', 'gff', () => Buffer.from(GFF)),
  one('genome', 'fasta', 'fa', () => Buffer.from(FASTA)),
  one('genome', 'genotype', 'txt', () => Buffer.from(GENOTYPE)),
  one('document', 'image', 'png', imageSample),
  one('document', 'text', 'txt', () => Buffer.from(TEXT)),
]);

/** Something to test a viewer with; undefined when we can make nothing that it opens. */
export function sampleFor(formats: readonly string[]): Sample | undefined {
  for (const [format, make] of SAMPLES) if (formats.includes(format)) return make();
  return undefined;
}

export const openFileOf = (sample: Sample): OpenFile => ({
  version: 1,
  items: [
    {
      id: '0'.repeat(32),
      kind: sample.kind,
      title: sample.title,
      files: sample.files.map(({ path, format }) => ({ path, format })),
    },
  ],
});

import { cleanText } from '@vitrine/dicom';
import type { IndexKind, NewFile } from './new-file.js';
import type { Format, ItemKind } from './record-item.entity.js';

/** Files that make one item, other than images of a study. */
export interface FileGroup {
  readonly kind: Exclude<ItemKind, 'imaging'>;
  readonly title: string;
  readonly files: readonly NewFile[];
}

const GENOME_WORDS: Partial<Record<Format, string>> = {
  bam: 'Genome reads',
  cram: 'Genome reads',
  vcf: 'Genetic variants',
  bcf: 'Genetic variants',
  fasta: 'Genome sequence',
  bed: 'Genome regions',
  gff: 'Genome annotation',
  genotype: 'Genetic test',
};

/**
 * Sorts files other than DICOM into items: an index stays with its data file, a reference sequence with the data that
 * lies beside it, everything else is by itself. `lonely` are indexes without a data file.
 */
export function groupFiles(files: readonly NewFile[]): { groups: FileGroup[]; lonely: NewFile[] } {
  const groups: FileGroup[] = [];
  const lonely = new Set(files.filter(({ format }) => format === 'index'));
  for (const folder of byFolder(files)) {
    const indexes = folder.filter(({ format }) => format === 'index');
    const genome = folder.filter(isGenome);
    const sequences = genome.filter(({ format }) => format === 'fasta');
    const data = genome.filter(({ format }) => format !== 'fasta');
    const indexesOf = (file: NewFile) => {
      const own = indexes.filter((index) => belongsTo(index, file, genome));
      for (const index of own) lonely.delete(index);
      return own;
    };
    for (const file of data) {
      // One sequence beside the data is the one that it was aligned to; of several, the one that is named alike.
      const reference =
        sequences.length === 1 ? sequences[0] : sequences.find((one) => stem(one) === stem(file));
      const files = [file, ...indexesOf(file)];
      if (reference !== undefined) files.push(reference, ...indexesOf(reference));
      groups.push({ kind: 'genome', title: titleOf(file), files });
    }
    const used = new Set(groups.flatMap((group) => group.files));
    for (const file of sequences)
      if (!used.has(file))
        groups.push({ kind: 'genome', title: titleOf(file), files: [file, ...indexesOf(file)] });
    for (const file of folder)
      if (file.format !== 'index' && !isGenome(file))
        groups.push({ kind: 'document', title: titleOf(file), files: [file] });
  }
  return { groups, lonely: [...lonely] };
}

const isGenome = (file: NewFile): boolean => file.format !== 'index' && file.format in GENOME_WORDS;

function byFolder(files: readonly NewFile[]): NewFile[][] {
  const folders = new Map<string, NewFile[]>();
  for (const file of files) {
    const folder = file.untrustedName.slice(0, file.untrustedName.lastIndexOf('/') + 1);
    const there = folders.get(folder);
    if (there) there.push(file);
    else folders.set(folder, [file]);
  }
  return [...folders.values()];
}

/** The last part of the path that a file came with. */
export const baseName = (untrustedName: string): string =>
  untrustedName.slice(untrustedName.lastIndexOf('/') + 1);

const lower = (file: Named): string => baseName(file.untrustedName).toLowerCase();
const withoutExtension = (name: string): string => name.replace(/(?<=.)\.[^.]*$/, '');
const stem = (file: Named): string => withoutExtension(lower(file).replace(/\.gz$/, ''));

/** What an index of a kind can be of (SAM, CRAM, tabix and CSI specifications). */
const INDEXED: Readonly<Record<IndexKind, readonly NewFile['format'][]>> = {
  bai: ['bam'],
  csi: ['bam', 'vcf', 'bcf', 'bed', 'gff'],
  tbi: ['vcf', 'bed', 'gff'],
  crai: ['cram'],
  fai: ['fasta'],
};

type Named = Pick<NewFile, 'untrustedName' | 'format'>;

/**
 * An index belongs to a file of a kind that it can be of: `a.bam.bai` to `a.bam`; `a.bai` too, unless a file is named
 * exactly like it without `.bai`.
 */
export function belongsTo(index: NewFile, file: Named, all: readonly Named[]): boolean {
  const fits = (one: Named) => index.index !== undefined && INDEXED[index.index].includes(one.format);
  if (!fits(file)) return false;
  const target = withoutExtension(lower(index));
  if (lower(file) === target) return true;
  return stem(file) === target && !all.some((one) => fits(one) && lower(one) === target);
}

function titleOf(file: NewFile): string {
  if (file.document !== undefined && file.document.title !== '') return file.document.title;
  const name = baseName(file.untrustedName);
  const plain = cleanText(withoutExtension(name.replace(/\.gz$/i, '')).replace(/_/g, ' '), 120);
  const words = file.format === 'index' ? undefined : GENOME_WORDS[file.format];
  if (words !== undefined) return plain === '' ? words : cleanText(`${words}: ${plain}`, 120);
  return plain === '' ? 'Document' : plain;
}

import { extname } from 'node:path/posix';
import type { Reading } from '@vitrine/documents';
import type { RecordFile, RecordItem } from '@vitrine/records';
import type { OpenFile } from '@vitrine/session-host';

/** A stored file and where it goes. */
export interface PlacedFile {
  readonly blobId: string;
  readonly path: string;
  /** What it is, or what it goes with: an index lies beside its data. */
  readonly of: RecordFile;
}

/** What goes into a session's record: which blob under which neutral name, and what `open.json` says of it. */
export interface RecordLayout {
  readonly files: readonly PlacedFile[];
  /** What is made to be read in place of a document, and where it goes. */
  readonly pages: readonly { readonly bytes: Uint8Array; readonly path: string }[];
  readonly open: OpenFile;
}

/**
 * Gives every file a name of ours. A name from outside never becomes a path; of its ending only what is on our list
 * survives, because a viewer tells by it how to read the file.
 */
export function layOutRecord(
  items: readonly RecordItem[],
  files: readonly RecordFile[],
  readings: ReadonlyMap<string, Reading> = new Map(),
): RecordLayout {
  const pages: { bytes: Uint8Array; path: string }[] = [];
  const placed: PlacedFile[] = [];
  const opened = items.map((item, index) => {
    const own = files.filter((file) => file.itemId === item.id).sort(byPlace);
    const data = own.filter((file) => file.format !== 'index');
    const shown = data.map((file, position) => {
      const place = `item-${index + 1}/${String(position + 1).padStart(6, '0')}`;
      const reading = readings.get(file.id);
      if (reading !== undefined) {
        const page = { bytes: reading.bytes, path: `${place}.${reading.kind}` };
        pages.push(page);
        return { path: page.path, format: reading.kind === 'pdf' ? 'pdf' : 'text' };
      }
      const path = `${place}${ending(file)}`;
      placed.push({ blobId: file.blobId, path, of: file });
      for (const side of own.filter((other) => indexes(other, file)))
        placed.push({
          blobId: side.blobId,
          path: `${path}${extname(side.untrustedName.toLowerCase())}`,
          of: file,
        });
      return { path, format: file.format };
    });
    return { id: item.id, kind: item.kind, title: item.title, files: shown };
  });
  return { files: unique(placed), pages, open: { version: 1, items: opened } };
}

const byPlace = (a: RecordFile, b: RecordFile): number =>
  (a.seriesNumber ?? 0) - (b.seriesNumber ?? 0) ||
  (a.seriesInstanceUid ?? '').localeCompare(b.seriesInstanceUid ?? '') ||
  (a.instanceNumber ?? 0) - (b.instanceNumber ?? 0) ||
  a.untrustedName.localeCompare(b.untrustedName) ||
  a.id.localeCompare(b.id);

/** The endings that a file of a format may keep; the first is what it gets otherwise. */
const ENDINGS: Readonly<Record<RecordFile['format'], readonly string[]>> = {
  dicom: ['.dcm'],
  pdf: ['.pdf'],
  bam: ['.bam'],
  cram: ['.cram'],
  vcf: ['.vcf', '.vcf.gz'],
  bcf: ['.bcf'],
  fasta: ['.fa', '.fa.gz', '.fasta', '.fasta.gz', '.fna'],
  bed: ['.bed', '.bed.gz'],
  gff: ['.gff', '.gff.gz', '.gff3', '.gff3.gz', '.gtf', '.gtf.gz'],
  genotype: ['.txt', '.csv'],
  image: ['.png', '.jpg', '.jpeg', '.gif', '.bmp', '.tif', '.tiff'],
  webp: ['.webp'],
  text: ['.txt', '.csv', '.tsv', '.json', '.xml', '.html', '.md'],
  cda: ['.xml'],
  fhir: ['.json', '.xml'],
  hl7v2: ['.hl7'],
  index: ['.bai'],
};

const ending = (file: RecordFile): string => {
  const name = file.untrustedName.toLowerCase();
  const endings = ENDINGS[file.format];
  const kept = endings.filter((end) => name.endsWith(end)).sort((a, b) => b.length - a.length)[0];
  return kept ?? endings[0] ?? '';
};

const INDEX_ENDINGS = ['.bai', '.csi', '.crai', '.tbi', '.fai', '.gzi', '.idx'];

/** `reads.bam.bai` and `reads.bai` both belong to `reads.bam`. */
function indexes(side: RecordFile, data: RecordFile): boolean {
  if (side.format !== 'index') return false;
  const name = side.untrustedName.toLowerCase();
  const end = extname(name);
  if (!INDEX_ENDINGS.includes(end)) return false;
  const base = name.slice(0, -end.length);
  const target = data.untrustedName.toLowerCase();
  return base === target || base === target.slice(0, -extname(target).length);
}

/** Two index files of one kind for one data file: the first wins. */
const unique = <T extends { readonly path: string }>(files: readonly T[]): T[] =>
  [...new Map([...files].reverse().map((file) => [file.path, file])).values()].reverse();

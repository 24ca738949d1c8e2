import type { DriveFile } from '@vitrine/drive';
import type { ItemKind, ItemWithFiles, RecordFile, RecordItem } from '@vitrine/records';
import type { SummedBlob } from '@vitrine/vault';
import { cleanName, uniqueName } from './export-names.js';
import { placesOfDriveFiles } from './exported-drive.js';

/** A stored file and where it lies in the export. */
export interface ExportedFile {
  readonly blob: SummedBlob;
  /** Folders and name. For DICOM they are the components of its File ID. */
  readonly path: readonly string[];
  /** The time that it bears there. */
  readonly at: string;
}

/** A file of the record. */
export interface PlacedFile extends ExportedFile {
  readonly item: RecordItem;
  readonly file: RecordFile;
}

export interface ExportLayout {
  readonly files: readonly PlacedFile[];
  /** Of the network drive, and no part of the record. */
  readonly driveFiles: readonly ExportedFile[];
  /** What is damaged or gone, and so not in the export, in words. */
  readonly leftOut: readonly string[];
}

const KINDS: readonly ItemKind[] = ['imaging', 'document', 'genome'];
const byKind = (a: ItemWithFiles, b: ItemWithFiles): number =>
  KINDS.indexOf(a.item.kind) - KINDS.indexOf(b.item.kind);

const numbered = (letter: string, number: number): string => letter + String(number).padStart(7, '0');

/**
 * Gives every file its place: scans as a medium by IHE PDI has them (File IDs of PS3.10 §8.2), everything else under
 * the name that it came with. A genome has a folder of its own, in which its index and its sequence lie beside it; the
 * drive keeps its folders.
 */
export function layOutExport(
  items: readonly ItemWithFiles[],
  driveFiles: readonly DriveFile[],
  blobs: ReadonlyMap<string, SummedBlob>,
): ExportLayout {
  const files: PlacedFile[] = [];
  const leftOut: string[] = [];
  const folders = { document: new Set<string>(), genome: new Set<string>() };
  let studies = 0;
  for (const { item, files: own } of [...items].sort(byKind)) {
    const pathOf =
      item.kind === 'imaging'
        ? scanPaths(++studies)
        : item.kind === 'genome'
          ? inFolder('GENOMES', uniqueName(cleanName(folderName(own)), folders.genome))
          : (file: RecordFile) => ['DOCUMENTS', uniqueName(cleanName(file.untrustedName), folders.document)];
    for (const file of own) {
      const blob = blobs.get(file.blobId);
      // A damaged file keeps its place, so that all others keep theirs.
      const path = pathOf(file);
      if (blob === undefined) leftOut.push(inWords(item));
      else files.push({ item, file, blob, path, at: item.addedAt });
    }
  }
  const driven: ExportedFile[] = [];
  for (const [{ blobId, modifiedAt: at }, path] of placesOfDriveFiles(driveFiles)) {
    const blob = blobs.get(blobId);
    if (blob === undefined) leftOut.push(path.join('/'));
    else driven.push({ blob, path, at });
  }
  return { files, driveFiles: driven, leftOut };
}

const inWords = ({ title, takenOn }: RecordItem): string => title + (takenOn === null ? '' : `, ${takenOn}`);

function scanPaths(study: number): (file: RecordFile) => string[] {
  const series = new Map<string | null, number>();
  const counts = new Map<number, number>();
  return ({ seriesInstanceUid }) => {
    const number = series.get(seriesInstanceUid) ?? series.size + 1;
    series.set(seriesInstanceUid, number);
    const image = (counts.get(number) ?? 0) + 1;
    counts.set(number, image);
    return ['DICOM', numbered('S', study), numbered('E', number), numbered('I', image)];
  };
}

function inFolder(...folder: string[]): (file: RecordFile) => string[] {
  const used = new Set<string>();
  return (file) => [...folder, uniqueName(cleanName(file.untrustedName), used)];
}

/** After the data file, not after its index. */
const folderName = (files: readonly RecordFile[]): string =>
  (files.find(({ format }) => format !== 'index' && format !== 'fasta') ?? files[0])?.untrustedName ?? '';

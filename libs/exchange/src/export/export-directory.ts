import { createHash } from 'node:crypto';
import {
  memorySource,
  readDirectoryKeys,
  writeDicomDir,
  type DirectoryKeys,
  type DirectoryStudy,
} from '@vitrine/dicom';
import type { PlacedFile } from './export-layout.js';

/** The first bytes of a file of the vault. */
export type ReadStart = (file: PlacedFile, bytes: number) => Promise<Uint8Array>;

const HEADER_BYTES = 128 * 1024;
const AT_ONCE = 8;

/**
 * The DICOMDIR of the scans among the files; undefined when there are none. Looks into one file of each study and into
 * whatever is no image: the index of the record has everything else, and a record of ten thousand images must not
 * take minutes to begin.
 */
export async function directoryOf(
  files: readonly PlacedFile[],
  readStart: ReadStart,
): Promise<Buffer | undefined> {
  const scans = files.filter(({ file }) => file.format === 'dicom' && file.sopInstanceUid !== null);
  if (scans.length === 0) return undefined;
  const byItem = new Map<string, PlacedFile[]>();
  for (const scan of scans) {
    const there = byItem.get(scan.item.id);
    if (there) there.push(scan);
    else byItem.set(scan.item.id, [scan]);
  }
  const firsts = new Set([...byItem.values()].map(([first]) => first));
  const keys = await readKeys(
    scans.filter((scan) => firsts.has(scan) || scan.file.frames === 0),
    readStart,
  );
  const none: DirectoryKeys = new Map();
  const studies = [...byItem.values()].map((own): DirectoryStudy => ({
    studyInstanceUid: own[0]?.item.studyInstanceUid ?? '',
    keys: (own[0] && keys.get(own[0])) ?? none,
    instances: own.map((scan) => ({
      fileId: scan.path,
      sopClassUid: scan.file.sopClassUid ?? '',
      sopInstanceUid: scan.file.sopInstanceUid ?? '',
      transferSyntaxUid: scan.file.transferSyntaxUid ?? '',
      seriesInstanceUid: scan.file.seriesInstanceUid ?? '',
      modality: scan.file.modality ?? '',
      seriesDescription: scan.file.seriesDescription ?? '',
      seriesNumber: scan.file.seriesNumber,
      instanceNumber: scan.file.instanceNumber,
      isImage: scan.file.frames > 0,
      keys: scan.file.frames > 0 ? none : (keys.get(scan) ?? none),
    })),
  }));
  return writeDicomDir(studies, uidOf(scans));
}

async function readKeys(
  scans: readonly PlacedFile[],
  readStart: ReadStart,
): Promise<Map<PlacedFile, DirectoryKeys>> {
  const keys = new Map<PlacedFile, DirectoryKeys>();
  const left = [...scans];
  const readOneByOne = async () => {
    for (let scan = left.pop(); scan !== undefined; scan = left.pop())
      keys.set(scan, readDirectoryKeys(memorySource(await readStart(scan, HEADER_BYTES))));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, readOneByOne));
  return keys;
}

/** A UID under 2.25 (PS3.5 §B.2) that is the same for the same files. */
function uidOf(scans: readonly PlacedFile[]): string {
  const hash = createHash('sha256');
  for (const { blob, path } of scans) hash.update(`${blob.sums.sha256} ${path.join('/')}\n`);
  return `2.25.${BigInt(`0x${hash.digest('hex').slice(0, 32)}`)}`;
}

import type { RecordItem } from '@vitrine/records';
import type { ArrivingFile, OpenFile } from '@vitrine/session-host';
import type { PlacedFile } from './record-layout.js';

const MIB = 1024 * 1024;
/** Less than this is there before a guest has read that it is coming. */
const WORTH_WAITING_BYTES = 32 * MIB;
/** Of the parts that follow the first: large enough that telling of them costs nothing beside laying them. */
const PART_BYTES = 64 * MIB;
/** Objects that go along with pictures and are none (PS3.3 C.7.3.1.1.1). */
const NO_PICTURES = new Set(['SEG', 'PR', 'KO', 'SR']);

/**
 * Puts the files in the order in which a viewer needs them, in parts that make sense by themselves. First comes what is
 * opened first: of the first item, the series with the most pictures.
 */
export function inParts(files: readonly PlacedFile[]): PlacedFile[][] {
  const groups = grouped(files);
  const first = opened(groups);
  const late = groups.filter((group) => group !== first);
  if (bytesOf(late.flat()) < WORTH_WAITING_BYTES) return [[...first, ...late.flat()]];
  const parts = [first];
  let room = 0;
  for (const group of late) {
    if (room <= 0) {
      parts.push([]);
      room = PART_BYTES;
    }
    parts.at(-1)?.push(...group);
    room -= bytesOf(group);
  }
  return parts;
}

/** What the guest is told while the parts are being laid; of none of them yet. */
export function arrivingFile(
  open: OpenFile,
  items: readonly RecordItem[],
  parts: readonly (readonly PlacedFile[])[],
): ArrivingFile {
  const partOf = new Map(parts.flatMap((files, part) => files.map(({ path }) => [path, part] as const)));
  const studyOf = new Map(items.map(({ id, studyInstanceUid }) => [id, studyInstanceUid]));
  return {
    version: open.version,
    arrived: 0,
    items: open.items.map((item) => {
      const studyInstanceUid = studyOf.get(item.id);
      return {
        ...item,
        ...(studyInstanceUid ? { studyInstanceUid } : {}),
        // Pages that are made for a session are there from the beginning.
        files: item.files.map((file) => ({ ...file, part: partOf.get(file.path) ?? 0 })),
      };
    }),
  };
}

/** A series is one group, in whichever items its files are; other files are a group each, with their index. */
const groupOf = ({ format, seriesInstanceUid, id }: PlacedFile['of']): string =>
  format === 'dicom' ? (seriesInstanceUid ?? '') : id;

function grouped(files: readonly PlacedFile[]): PlacedFile[][] {
  const groups = new Map<string, PlacedFile[]>();
  for (const file of files) {
    const group = groups.get(groupOf(file.of));
    if (group) group.push(file);
    else groups.set(groupOf(file.of), [file]);
  }
  return [...groups.values()];
}

/** Of the groups that the first item has files of. */
function opened(groups: readonly PlacedFile[][]): PlacedFile[] {
  const item = groups[0]?.[0]?.of.itemId;
  const weight = (group: readonly PlacedFile[]) =>
    NO_PICTURES.has(group[0]?.of.modality ?? '') ? 0 : group.length;
  return groups
    .filter((group) => group.some(({ of }) => of.itemId === item))
    .reduce<PlacedFile[]>((best, group) => (weight(group) > weight(best) ? group : best), groups[0] ?? []);
}

/** An index counts as its data, which is many times its size: the sum is only compared with round numbers. */
const bytesOf = (files: readonly PlacedFile[]): number => files.reduce((sum, { of }) => sum + of.bytes, 0);

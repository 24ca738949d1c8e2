import { MEDIA_STORAGE_DIRECTORY } from '../uid.js';
import type { DirectoryKeys } from './directory-keys.js';
import { encode, encodeItem, text, uint16, uint32, type Element } from './elements.js';
import { keyOrFallback, NO_DATE, NO_TIME, recordTypeOf } from './record-types.js';

/** One file of the file-set. */
export interface DirectoryInstance {
  /** Components of the File ID (PS3.10 §8.2): at most eight, each of 1 to 8 characters out of `A-Z0-9_`. */
  readonly fileId: readonly string[];
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly seriesInstanceUid: string;
  readonly modality: string;
  readonly seriesDescription: string;
  readonly seriesNumber: number | null;
  readonly instanceNumber: number | null;
  readonly isImage: boolean;
  /** Of the file itself; only asked for where `isImage` is false. */
  readonly keys: DirectoryKeys;
}

export interface DirectoryStudy {
  readonly studyInstanceUid: string;
  /** Of any one file of the study: person, date, number. */
  readonly keys: DirectoryKeys;
  readonly instances: readonly DirectoryInstance[];
}

/** A directory record with what lies below it. */
interface Node {
  readonly elements: readonly Element[];
  readonly children: Node[];
}

const FILE_ID_PART = /^[A-Z0-9_]{1,8}$/;
const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
const NONE = 0;
const IN_USE = 0xffff;

/**
 * Writes the table of contents of a medium, the Basic Directory IOD (PS3.3 annex F, PS3.10 §8.6): PATIENT, STUDY,
 * SERIES and one record for each instance. The same input always makes the same bytes. An instance that is there
 * twice is named once, as the standard wants it, and one that it has no record type for is not named.
 *
 * @param uid the SOP Instance UID of the directory itself.
 */
export function writeDicomDir(studies: readonly DirectoryStudy[], uid: string): Buffer {
  const roots = treeOf(studies);
  const meta = metaInformation(uid);
  const fixed = (first: number, last: number) =>
    encode([
      text(0x00041130, 'CS', 'VITRINE'),
      uint32(0x00041200, first),
      uint32(0x00041202, last),
      uint16(0x00041212, 0),
    ]);
  // The records follow the fixed elements and the 12 bytes in which the sequence begins.
  const begin = meta.length + fixed(0, 0).length + 12;
  const offsets = new Map<Node, number>();
  let end = begin;
  walk(roots, (node) => {
    offsets.set(node, end);
    end += encodeItem(linked(node, NONE, NONE)).length;
  });
  const offsetOf = (node: Node | undefined): number =>
    node === undefined ? NONE : (offsets.get(node) ?? NONE);
  const records: Buffer[] = [];
  walk(roots, (node, next) =>
    records.push(encodeItem(linked(node, offsetOf(next), offsetOf(node.children[0])))),
  );
  const head = Buffer.alloc(12);
  head.writeUInt16LE(0x0004, 0);
  head.writeUInt16LE(0x1220, 2);
  head.write('SQ', 4, 'latin1');
  head.writeUInt32LE(end - begin, 8);
  return Buffer.concat([meta, fixed(offsetOf(roots[0]), offsetOf(roots.at(-1))), head, ...records]);
}

/** Depth first: a record, then what lies below it. */
function walk(nodes: readonly Node[], visit: (node: Node, next: Node | undefined) => void): void {
  nodes.forEach((node, index) => {
    visit(node, nodes[index + 1]);
    walk(node.children, visit);
  });
}

const linked = (node: Node, next: number, lower: number): Element[] => [
  uint32(0x00041400, next),
  uint16(0x00041410, IN_USE),
  uint32(0x00041420, lower),
  ...node.elements,
];

function metaInformation(uid: string): Buffer {
  const elements = encode([
    { tag: 0x00020001, vr: 'OB', value: Uint8Array.of(0, 1) },
    text(0x00020002, 'UI', MEDIA_STORAGE_DIRECTORY),
    text(0x00020003, 'UI', uid),
    text(0x00020010, 'UI', EXPLICIT_LITTLE),
    text(0x00020012, 'UI', '2.25.253919404637420216741270741846912384531'),
    text(0x00020013, 'SH', 'VITRINE'),
  ]);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    encode([uint32(0x00020000, elements.length)]),
    elements,
  ]);
}

function treeOf(studies: readonly DirectoryStudy[]): Node[] {
  const patients = new Map<string, Node>();
  const named = new Set<string>();
  for (const study of studies) {
    const series = seriesOf(study, named);
    if (series.length === 0) continue;
    const who = [0x00100020, 0x00100010].map((tag) => valueOf(study.keys, tag)).join('\\');
    let patient = patients.get(who);
    if (patient === undefined) {
      patient = { elements: patientRecord(study.keys, patients.size + 1), children: [] };
      patients.set(who, patient);
    }
    patient.children.push({
      elements: studyRecord(study, patient.children.length + 1),
      children: series,
    });
  }
  return [...patients.values()];
}

function seriesOf(study: DirectoryStudy, named: Set<string>): Node[] {
  const series = new Map<string, Node>();
  for (const instance of study.instances) {
    const type = recordTypeOf(instance.sopClassUid, instance.isImage);
    if (type === undefined || named.has(instance.sopInstanceUid)) continue;
    named.add(instance.sopInstanceUid);
    let node = series.get(instance.seriesInstanceUid);
    if (node === undefined) {
      node = { elements: seriesRecord(instance, series.size + 1), children: [] };
      series.set(instance.seriesInstanceUid, node);
    }
    node.children.push({
      elements: [
        ...reference(instance),
        text(0x00041430, 'CS', type.name),
        ...characterSetOf(instance.keys),
        text(0x00200013, 'IS', String(instance.instanceNumber ?? node.children.length + 1)),
        ...type.keys.map(([tag, vr, fallback]) => keyOrFallback(instance.keys, tag, vr, fallback)),
      ],
      children: [],
    });
  }
  return [...series.values()];
}

const patientRecord = (keys: DirectoryKeys, number: number): Element[] => [
  text(0x00041430, 'CS', 'PATIENT'),
  ...characterSetOf(keys),
  keyOrFallback(keys, 0x00100010, 'PN', ''),
  // An empty ID is not allowed here, and two people must not get the same.
  keyOrFallback(keys, 0x00100020, 'LO', `UNKNOWN${number}`),
];

const studyRecord = ({ keys, studyInstanceUid }: DirectoryStudy, number: number): Element[] => [
  text(0x00041430, 'CS', 'STUDY'),
  ...characterSetOf(keys),
  keyOrFallback(keys, 0x00080020, 'DA', NO_DATE),
  keyOrFallback(keys, 0x00080030, 'TM', NO_TIME),
  keyOrFallback(keys, 0x00080050, 'SH', ''),
  keyOrFallback(keys, 0x00081030, 'LO', ''),
  text(0x0020000d, 'UI', studyInstanceUid),
  keyOrFallback(keys, 0x00200010, 'SH', String(number)),
];

const seriesRecord = (first: DirectoryInstance, number: number): Element[] => [
  text(0x00041430, 'CS', 'SERIES'),
  // The description comes from our index, which is Unicode.
  text(0x00080005, 'CS', 'ISO_IR 192'),
  text(0x00080060, 'CS', first.modality || 'OT'),
  text(0x0008103e, 'LO', first.seriesDescription.slice(0, 64)),
  text(0x0020000e, 'UI', first.seriesInstanceUid),
  text(0x00200011, 'IS', String(first.seriesNumber ?? number)),
];

function reference(instance: DirectoryInstance): Element[] {
  const { fileId } = instance;
  if (fileId.length > 8 || !fileId.every((part) => FILE_ID_PART.test(part)))
    throw new TypeError('not a File ID');
  return [
    text(0x00041500, 'CS', fileId.join('\\')),
    text(0x00041510, 'UI', instance.sopClassUid),
    text(0x00041511, 'UI', instance.sopInstanceUid),
    text(0x00041512, 'UI', instance.transferSyntaxUid),
  ];
}

/** Values that are repeated from a file mean what they mean there only together with its character set. */
function characterSetOf(keys: DirectoryKeys): Element[] {
  const own = keys.get(0x00080005);
  return own === undefined ? [] : [own];
}

const valueOf = (keys: DirectoryKeys, tag: number): string => {
  const found = keys.get(tag);
  return found === undefined || 'items' in found ? '' : Buffer.from(found.value).toString('latin1');
};

import { describe, expect, it } from '@jest/globals';
import { dicomFile, syntheticCtStudy, uidOf } from '@vitrine/samples';
import { memorySource } from '../byte-source.js';
import { ElementWalker } from '../element-walker.js';
import { readDicom } from '../header-reader.js';
import { readDirectoryKeys, type DirectoryKeys } from './directory-keys.js';
import { writeDicomDir, type DirectoryInstance, type DirectoryStudy } from './dicomdir.js';

const NO_KEYS: DirectoryKeys = new Map();
const CT = '1.2.840.10008.5.1.4.1.1.2';
const SR = '1.2.840.10008.5.1.4.1.1.88.11';
const UID = '2.25.1';
const EXPLICIT = { explicit: true, littleEndian: true };

const anInstance = (name: string, more: Partial<DirectoryInstance> = {}): DirectoryInstance => ({
  fileId: ['DICOM', 'S1', 'I1'],
  sopClassUid: CT,
  sopInstanceUid: uidOf(name),
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  seriesInstanceUid: uidOf('series'),
  modality: 'CT',
  seriesDescription: 'Schädel',
  seriesNumber: 3,
  instanceNumber: null,
  isImage: true,
  keys: NO_KEYS,
  ...more,
});
const aStudy = (name: string, instances: DirectoryInstance[], keys = NO_KEYS): DirectoryStudy => ({
  studyInstanceUid: uidOf(name),
  keys,
  instances,
});

interface Read {
  readonly type: string;
  readonly values: Record<string, string>;
  readonly below: Read[];
}

/** Follows the offsets, as a program does that opens a disc. */
function open(file: Buffer): Read[] {
  const source = memorySource(file);
  const elements = (at: number, end: number) => {
    const walker = new ElementWalker(source);
    const found = new Map<number, Buffer>();
    while (at < end) {
      const header = walker.header(at, EXPLICIT);
      found.set(header.tag, Buffer.from(source.read(header.valueAt, header.length)));
      at = walker.after(header, EXPLICIT);
    }
    return found;
  };
  const chain = (offset: number): Read[] => {
    if (offset === 0) return [];
    const item = new ElementWalker(source).header(offset, EXPLICIT);
    expect(item.tag).toBe(0xfffee000);
    const found = elements(item.valueAt, item.valueAt + item.length);
    const text = (value?: Buffer) => value?.toString('utf8').replace(/[\0 ]+$/, '') ?? '';
    return [
      {
        type: text(found.get(0x00041430)),
        values: Object.fromEntries([...found].map(([tag, value]) => [tag.toString(16), text(value)])),
        below: chain(found.get(0x00041420)!.readUInt32LE()),
      },
      ...chain(found.get(0x00041400)!.readUInt32LE()),
    ];
  };
  const start = file.indexOf(Buffer.from([0x04, 0, 0x30, 0x11]));
  return chain(elements(start, file.length).get(0x00041200)!.readUInt32LE());
}

const types = (records: Read[]): unknown[] =>
  records.map(({ type, below }) => (below.length > 0 ? [type, types(below)] : type));

describe('a DICOMDIR', () => {
  const [first] = syntheticCtStudy({ slices: 1, size: 8, patientName: 'Müller^Änne' });
  const ctKeys = readDirectoryKeys(memorySource(first!.bytes));

  it('is recognised as a table of contents', () => {
    expect(readDicom(memorySource(writeDicomDir([aStudy('a', [anInstance('i')])], UID)))).toEqual({
      kind: 'directory',
    });
  });

  it('links patients, studies, series and instances by the places where they lie', () => {
    const other: DirectoryKeys = new Map(ctKeys).set(0x00100020, {
      tag: 0x00100020,
      vr: 'LO',
      value: Buffer.from('OTHER'),
    });
    const file = writeDicomDir(
      [
        aStudy(
          'a',
          [anInstance('1'), anInstance('2'), anInstance('3', { seriesInstanceUid: '1.2' })],
          ctKeys,
        ),
        aStudy('b', [anInstance('4')], other),
        aStudy('c', [anInstance('5')], ctKeys),
      ],
      UID,
    );
    expect(types(open(file))).toEqual([
      [
        'PATIENT',
        [
          [
            'STUDY',
            [
              ['SERIES', ['IMAGE', 'IMAGE']],
              ['SERIES', ['IMAGE']],
            ],
          ],
          ['STUDY', [['SERIES', ['IMAGE']]]],
        ],
      ],
      ['PATIENT', [['STUDY', [['SERIES', ['IMAGE']]]]]],
    ]);
  });

  it('says of a study what its files say, in their character set', () => {
    const [patient] = open(writeDicomDir([aStudy('a', [anInstance('1')], ctKeys)], UID));
    expect(patient!.values).toMatchObject({
      '80005': 'ISO_IR 192',
      '100010': 'Müller^Änne',
      '100020': 'SYN-1',
    });
    expect(patient!.below[0]!.values).toMatchObject({
      '80020': '20250612',
      '80030': '101500',
      '200010': '1',
    });
    const series = patient!.below[0]!.below[0]!;
    expect(series.values).toMatchObject({ '80060': 'CT', '8103e': 'Schädel', '200011': '3' });
    expect(series.below[0]!.values).toMatchObject({ '41500': 'DICOM\\S1\\I1', '200013': '1' });
  });

  it('fills what the standard demands and the file lacks', () => {
    const [patient] = open(writeDicomDir([aStudy('a', [anInstance('1', { modality: '' })])], UID));
    expect(patient!.values['100020']).toBe('UNKNOWN1');
    expect(patient!.below[0]!.values).toMatchObject({
      '80020': '19000101',
      '80030': '000000',
      '200010': '1',
    });
    expect(patient!.below[0]!.below[0]!.values['80060']).toBe('OT');
  });

  it('names an instance once and leaves out what has no type of record', () => {
    const unknown = anInstance('x', { sopClassUid: '1.2.3', isImage: false });
    const studies = [aStudy('a', [anInstance('1'), unknown]), aStudy('b', [anInstance('1')])];
    expect(types(open(writeDicomDir(studies, UID)))).toEqual([
      ['PATIENT', [['STUDY', [['SERIES', ['IMAGE']]]]]],
    ]);
  });

  it('repeats of a report what a list of reports shows', () => {
    const code = Buffer.concat([
      sequenceHead(0xffff, 0xffff),
      element(0x0008, 0x0100, 'SH', '11528-7 '),
      element(0x0008, 0x0102, 'SH', 'LN'),
      element(0x0008, 0x0104, 'LO', 'Report'),
      Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0]),
    ]);
    const report = dicomFile(
      uidOf('sr'),
      [
        [0x0008, 0x0023, 'DA', '20240101'],
        [0x0040, 0xa043, 'SQ', code],
        [0x0040, 0xa491, 'CS', 'COMPLETE'],
      ],
      { sopClassUid: SR },
    );
    const keys = readDirectoryKeys(memorySource(report));
    const sr = anInstance('sr', { sopClassUid: SR, isImage: false, keys });
    const record = open(writeDicomDir([aStudy('a', [sr])], UID))[0]!.below[0]!.below[0]!.below[0]!;
    expect(record.type).toBe('SR DOCUMENT');
    expect(record.values).toMatchObject({ '80023': '20240101', '80033': '000000', '40a491': 'COMPLETE' });
    expect(record.values['40a043']).toContain('Report');
  });

  it('takes no path for a File ID', () => {
    for (const part of ['..', 'lower', 'TOO_LONG_NAME', 'A/B', ''])
      expect(() => writeDicomDir([aStudy('a', [anInstance('1', { fileId: [part] })])], UID)).toThrow(
        TypeError,
      );
  });

  it('takes what there is of a file that is cut, and nothing of what is no DICOM', () => {
    expect(readDirectoryKeys(memorySource(first!.bytes.subarray(0, 700))).has(0x00080020)).toBe(true);
    expect(readDirectoryKeys(memorySource(Buffer.from('%PDF-1.7 no scan')))).toEqual(new Map());
    expect(readDirectoryKeys(memorySource(new Uint8Array(0)))).toEqual(new Map());
  });
});

function sequenceHead(low: number, high: number): Buffer {
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt16LE(low, 4);
  head.writeUInt16LE(high, 6);
  return head;
}

function element(group: number, number: number, vr: string, value: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4);
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, Buffer.from(value)]);
}

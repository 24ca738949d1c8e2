import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { dicomFile, syntheticCtStudy, uidOf, type DicomElement } from '@vitrine/samples';
import { memorySource } from './byte-source.js';
import { checkInstanceFacts } from './dicom-answer.js';
import { readDicom } from './header-reader.js';

const [slice] = syntheticCtStudy({ slices: 2, size: 16, patientName: 'Müller^Jörg' });
const whole = slice?.bytes ?? Buffer.alloc(0);
const read = (bytes: Uint8Array) => readDicom(memorySource(bytes));

const UIDS: readonly DicomElement[] = [
  [0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.7'],
  [0x0008, 0x0018, 'UI', uidOf('image')],
];
const IDS: readonly DicomElement[] = [
  [0x0020, 0x000d, 'UI', uidOf('study')],
  [0x0020, 0x000e, 'UI', uidOf('series')],
];
const fileOf = (...more: DicomElement[]) => dicomFile(uidOf('image'), [...UIDS, ...IDS, ...more]);

describe('readDicom', () => {
  it('says in plain text what a file says of itself', () => {
    expect(read(whole)).toMatchObject({
      kind: 'instance',
      flags: [],
      facts: {
        modality: 'CT',
        patientName: 'Jörg Müller',
        patientBirthDate: '1951-04-02',
        studyDate: '2025-06-12',
        bodyPart: 'HEAD',
        instanceNumber: 1,
        frames: 1,
      },
    });
  });

  it('never throws wherever a file is cut, and never promises an image that is not all there', () => {
    for (let length = 0; length < whole.length; length += 1) {
      const answer = read(whole.subarray(0, length));
      if (answer.kind === 'instance') expect(answer.facts.frames).toBe(0);
    }
    expect(read(whole.subarray(0, whole.length - 2))).toEqual({ kind: 'refused', reason: 'truncated' });
  });

  it('never throws whatever single byte is changed', () => {
    for (let at = 128; at < Math.min(whole.length, 1_400); at++) {
      for (const value of [0x00, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = value;
        expect(typeof read(changed).kind).toBe('string');
      }
    }
  });

  it('reads a data set without preamble', () => {
    const bare = whole.subarray(132 + 12 + whole.readUInt32LE(132 + 8));
    expect(read(bare)).toMatchObject({ kind: 'instance', facts: { modality: 'CT' } });
  });

  it('takes text for no DICOM', () => {
    expect(read(Buffer.from('a letter to my doctor, long enough to be looked at'))).toEqual({
      kind: 'not-dicom',
    });
  });

  it.each(['../../etc/passwd', '1.2/3', '1'.repeat(65), '', '1..2', 'abc'])('refuses the UID %j', (uid) => {
    const file = dicomFile(uidOf('image'), [
      ...UIDS,
      [0x0020, 0x000d, 'UI', uid],
      [0x0020, 0x000e, 'UI', uidOf('series')],
    ]);
    expect(read(file)).toEqual({ kind: 'refused', reason: 'damaged' });
  });

  it('knows that a report holds no image', () => {
    expect(read(fileOf())).toMatchObject({ kind: 'instance', facts: { frames: 0 } });
  });

  it('flags a program before the data and a page inside of it', () => {
    const program = Buffer.from(whole);
    program.write('MZ', 0, 'latin1');
    expect(read(program)).toMatchObject({ kind: 'instance', flags: ['hidden-content'] });
    expect(read(fileOf([0x0042, 0x0012, 'LO', 'text/html']))).toMatchObject({ flags: ['active-document'] });
    expect(read(fileOf([0x0042, 0x0012, 'LO', 'application/pdf']))).toMatchObject({ flags: [] });
  });

  it('unpacks a deflated data set up to a bound', () => {
    const deflated = (bytes: Buffer) =>
      Buffer.concat([
        dicomFile(uidOf('image'), [], { transferSyntaxUid: '1.2.840.10008.1.2.1.99' }),
        deflateRawSync(bytes),
      ]);
    const dataSet = whole.subarray(132 + 12 + whole.readUInt32LE(132 + 8));
    expect(read(deflated(dataSet))).toMatchObject({ kind: 'instance' });
    expect(read(deflated(Buffer.alloc(140 * 1024 * 1024)))).toEqual({ kind: 'refused', reason: 'too-large' });
  });

  it('refuses a picture that no scanner makes', () => {
    const huge = fileOf(
      [0x0028, 0x0010, 'US', 65_535],
      [0x0028, 0x0011, 'US', 65_535],
      [0x0028, 0x0100, 'US', 16],
      [0x7fe0, 0x0010, 'OW', Buffer.alloc(64)],
    );
    expect(read(huge)).toEqual({ kind: 'refused', reason: 'too-large' });
  });
});

describe('checkInstanceFacts', () => {
  const answer = read(whole);
  const facts = answer.kind === 'instance' ? answer.facts : undefined;

  it('takes what the reader says', () => {
    expect(checkInstanceFacts(JSON.parse(JSON.stringify(facts)))).toEqual(facts);
  });

  it.each([
    ['a missing field', { ...facts, modality: undefined }],
    ['a long text', { ...facts, studyDescription: 'x'.repeat(100_000) }],
    ['an object in place of text', { ...facts, patientName: { toString: 'x' } }],
    ['a number that is none', { ...facts, frames: Number.NaN }],
    ['nothing', null],
  ])('takes nothing with %s', (_, untrusted) => {
    expect(checkInstanceFacts(untrusted)).toBeUndefined();
  });
});

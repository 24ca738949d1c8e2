import { describe, expect, it } from '@jest/globals';
import { encode, encodeImplicit, text, type ValueElement } from '../directory/elements.js';
import { readIdentifier, writeMatch } from './identifier.js';

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';

const asked: readonly ValueElement[] = [
  text(0x00080005, 'CS', 'ISO_IR 192'),
  text(0x00080020, 'DA', '20250101-'),
  text(0x00080052, 'CS', 'STUDY'),
  text(0x00100010, 'PN', 'Müller^*'),
  text(0x0020000d, 'UI', '1.2\\1.3'),
];

describe('an identifier', () => {
  it.each([
    ['implicit', IMPLICIT, encodeImplicit],
    ['explicit', EXPLICIT, encode],
  ] as const)('is read and answered in %s little endian', (_, syntax, write) => {
    const identifier = readIdentifier(write(asked), syntax)!;
    expect(identifier).toEqual({
      level: 'study',
      allKnown: true,
      keys: [
        { tag: '00080020', vr: 'DA', value: '20250101-' },
        { tag: '00100010', vr: 'PN', value: 'Müller^*' },
        { tag: '0020000D', vr: 'UI', value: '1.2\\1.3' },
      ],
    });
    const answer = writeMatch(identifier, { '0020000D': ['1.2'], '00080020': ['20250612'] }, 'READ', syntax);
    expect(answer).toEqual(
      write([
        text(0x00080005, 'CS', 'ISO_IR 192'),
        text(0x00080020, 'DA', '20250612'),
        text(0x00080052, 'CS', 'STUDY'),
        text(0x00080054, 'AE', 'READ'),
        text(0x00080056, 'CS', 'ONLINE'),
        text(0x00100010, 'PN', ''),
        text(0x0020000d, 'UI', '1.2'),
      ]),
    );
  });

  it.each([
    ['an attribute that is not kept for searching', 'STUDY', text(0x00081048, 'PN', 'Doe')],
    ['one of a level below', 'STUDY', text(0x0008103e, 'LO', 'Head')],
    ['one of the study at the level of the patient', 'PATIENT', text(0x00081030, 'LO', 'Head')],
  ])('tells that %s is not looked at', (_, level, key) => {
    const bytes = encode([text(0x00080052, 'CS', level), key, text(0x00100020, 'LO', '7')]);
    expect(readIdentifier(bytes, EXPLICIT)).toMatchObject({ keys: [{ tag: '00100020' }], allKnown: false });
  });

  it.each([
    ['no level', encode([text(0x00100010, 'PN', 'Doe')])],
    ['a level that there is not', encode([text(0x00080052, 'CS', 'ROOM')])],
    ['a cut element', encode(asked).subarray(0, -3)],
    ['bytes', Buffer.alloc(100, 0xff)],
    ['nothing', Buffer.alloc(0)],
  ])('is none with %s', (_, bytes) => expect(readIdentifier(bytes, EXPLICIT)).toBeUndefined());
});

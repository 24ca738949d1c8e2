import type { DirectoryKeys } from './directory-keys.js';
import { text, type Element } from './elements.js';

/** The keys of one type of directory record below SERIES, with what stands for a value that the file lacks. */
interface RecordType {
  readonly name: string;
  readonly keys: readonly (readonly [tag: number, vr: string, fallback: string])[];
}

/** A date and a time that nobody can take for real ones, where the standard demands one and the file has none. */
export const NO_DATE = '19000101';
export const NO_TIME = '000000';

const CONTENT_DATE = [0x00080023, 'DA', NO_DATE] as const;
const CONTENT_TIME = [0x00080033, 'TM', NO_TIME] as const;
const CONCEPT_NAME = [0x0040a043, 'SQ', ''] as const;
const LABEL = [0x00700080, 'CS', 'UNNAMED'] as const;
const DESCRIPTION = [0x00700081, 'LO', ''] as const;
const CREATOR = [0x00700084, 'PN', ''] as const;

const IMAGE: RecordType = { name: 'IMAGE', keys: [] };

/** PS3.3 §F.5 by SOP class; the longest beginning that fits counts. */
const TYPES: readonly (readonly [sopClass: string, type: RecordType])[] = [
  ['481.2', { name: 'RT DOSE', keys: [[0x3004000a, 'CS', 'PLAN']] }],
  [
    '481.3',
    {
      name: 'RT STRUCTURE SET',
      keys: [
        [0x30060002, 'SH', 'UNNAMED'],
        [0x30060008, 'DA', ''],
        [0x30060009, 'TM', ''],
      ],
    },
  ],
  ...['481.5', '481.8'].map(
    (sopClass) =>
      [
        sopClass,
        {
          name: 'RT PLAN',
          keys: [
            [0x300a0002, 'SH', 'UNNAMED'],
            [0x300a0006, 'DA', ''],
            [0x300a0007, 'TM', ''],
          ],
        },
      ] as const,
  ),
  ...['481.4', '481.6', '481.7', '481.9'].map(
    (sopClass) =>
      [
        sopClass,
        {
          name: 'RT TREAT RECORD',
          keys: [
            [0x30080250, 'DA', ''],
            [0x30080251, 'TM', ''],
          ],
        },
      ] as const,
  ),
  [
    '11.',
    {
      name: 'PRESENTATION',
      keys: [
        [0x00700082, 'DA', NO_DATE],
        [0x00700083, 'TM', NO_TIME],
        LABEL,
        DESCRIPTION,
        CREATOR,
        [0x00081115, 'SQ', ''],
      ],
    },
  ],
  ['9.', { name: 'WAVEFORM', keys: [CONTENT_DATE, CONTENT_TIME] }],
  ['88.59', { name: 'KEY OBJECT DOC', keys: [CONTENT_DATE, CONTENT_TIME, CONCEPT_NAME] }],
  [
    '88.',
    {
      name: 'SR DOCUMENT',
      keys: [
        CONTENT_DATE,
        CONTENT_TIME,
        CONCEPT_NAME,
        [0x0040a491, 'CS', 'PARTIAL'],
        [0x0040a493, 'CS', 'UNVERIFIED'],
      ],
    },
  ],
  [
    '104.',
    {
      name: 'ENCAP DOC',
      keys: [
        [0x00080023, 'DA', ''],
        [0x00080033, 'TM', ''],
        CONCEPT_NAME,
        [0x00420010, 'ST', ''],
        [0x00420012, 'LO', 'application/octet-stream'],
      ],
    },
  ],
  ['66.1', { name: 'REGISTRATION', keys: [CONTENT_DATE, CONTENT_TIME, LABEL, DESCRIPTION, CREATOR] }],
  ['66.3', { name: 'REGISTRATION', keys: [CONTENT_DATE, CONTENT_TIME, LABEL, DESCRIPTION, CREATOR] }],
  ['66.2', { name: 'FIDUCIAL', keys: [CONTENT_DATE, CONTENT_TIME, LABEL, DESCRIPTION, CREATOR] }],
  ['66.4', IMAGE],
  ['66', { name: 'RAW DATA', keys: [CONTENT_DATE, CONTENT_TIME] }],
];

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** The type of record for an instance; undefined for what the standard has no record for (it stays out of it). */
export function recordTypeOf(sopClassUid: string, isImage: boolean): RecordType | undefined {
  const known = TYPES.find(([sopClass]) => {
    const whole = STORAGE + sopClass;
    return sopClass.endsWith('.') ? sopClassUid.startsWith(whole) : sopClassUid === whole;
  });
  return known?.[1] ?? (isImage ? IMAGE : undefined);
}

/** The element of this key as the file has it, or what stands for it. */
export function keyOrFallback(keys: DirectoryKeys, tag: number, vr: string, fallback: string): Element {
  const own = keys.get(tag);
  if (own !== undefined && ('items' in own || own.value.length > 0)) return own;
  return vr === 'SQ' ? { tag, vr: 'SQ', items: [] } : text(tag, vr, fallback);
}

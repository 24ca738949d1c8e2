/** Values of one object by tag (eight hex digits, upper case): each value as text in the form that DICOM gives it. */
export type DicomAttributes = Readonly<Record<string, readonly string[]>>;

export type QueryLevel = 'study' | 'series' | 'instance';

/** One attribute that is kept for searching. */
export interface IndexedAttribute {
  readonly tag: string;
  readonly keyword: string;
  readonly vr: string;
  /** Whose attribute it is: what it says holds for all of that study or series. */
  readonly level: QueryLevel;
}

const list = (level: QueryLevel, rows: readonly (readonly [string, string, string])[]): IndexedAttribute[] =>
  rows.map(([tag, vr, keyword]) => ({ tag, vr, keyword, level }));

/**
 * What is kept of each instance: the attributes that a server has to match and return (PS3.18 tables 10.6.1-5,
 * 10.6.3-3 to 10.6.3-5; PS3.4 tables C.6-1 to C.6-4), as far as they come from the object itself.
 */
export const INDEXED_ATTRIBUTES: readonly IndexedAttribute[] = [
  ...list('study', [
    ['00080020', 'DA', 'StudyDate'],
    ['00080030', 'TM', 'StudyTime'],
    ['00080050', 'SH', 'AccessionNumber'],
    ['00080090', 'PN', 'ReferringPhysicianName'],
    ['00080201', 'SH', 'TimezoneOffsetFromUTC'],
    ['00081030', 'LO', 'StudyDescription'],
    ['00100010', 'PN', 'PatientName'],
    ['00100020', 'LO', 'PatientID'],
    ['00100030', 'DA', 'PatientBirthDate'],
    ['00100040', 'CS', 'PatientSex'],
    ['00101010', 'AS', 'PatientAge'],
    ['0020000D', 'UI', 'StudyInstanceUID'],
    ['00200010', 'SH', 'StudyID'],
  ]),
  ...list('series', [
    ['00080021', 'DA', 'SeriesDate'],
    ['00080031', 'TM', 'SeriesTime'],
    ['00080060', 'CS', 'Modality'],
    ['00080070', 'LO', 'Manufacturer'],
    ['00080080', 'LO', 'InstitutionName'],
    ['0008103E', 'LO', 'SeriesDescription'],
    ['00180015', 'CS', 'BodyPartExamined'],
    ['0020000E', 'UI', 'SeriesInstanceUID'],
    ['00200011', 'IS', 'SeriesNumber'],
    ['00200060', 'CS', 'Laterality'],
    ['00400244', 'DA', 'PerformedProcedureStepStartDate'],
    ['00400245', 'TM', 'PerformedProcedureStepStartTime'],
  ]),
  ...list('instance', [
    ['00080016', 'UI', 'SOPClassUID'],
    ['00080018', 'UI', 'SOPInstanceUID'],
    ['00080022', 'DA', 'AcquisitionDate'],
    ['00080023', 'DA', 'ContentDate'],
    ['00080033', 'TM', 'ContentTime'],
    ['00200012', 'IS', 'AcquisitionNumber'],
    ['00200013', 'IS', 'InstanceNumber'],
    ['00280008', 'IS', 'NumberOfFrames'],
    ['00280010', 'US', 'Rows'],
    ['00280011', 'US', 'Columns'],
    ['00280100', 'US', 'BitsAllocated'],
  ]),
];

/**
 * What a search answers without that it is in any one file (PS3.4 §C.6.2.1.1.2, PS3.18 §10.6.1.2.3): made by whoever
 * holds the objects.
 */
export const DERIVED_ATTRIBUTES: readonly IndexedAttribute[] = [
  ...list('study', [
    ['00080061', 'CS', 'ModalitiesInStudy'],
    ['00080062', 'UI', 'SOPClassesInStudy'],
    ['00201206', 'IS', 'NumberOfStudyRelatedSeries'],
    ['00201208', 'IS', 'NumberOfStudyRelatedInstances'],
  ]),
  ...list('series', [['00201209', 'IS', 'NumberOfSeriesRelatedInstances']]),
  ...list('instance', [
    ['00080056', 'CS', 'InstanceAvailability'],
    ['00083002', 'UI', 'AvailableTransferSyntaxUID'],
  ]),
];

/** Both of them by tag. */
export const KNOWN_ATTRIBUTES: ReadonlyMap<string, IndexedAttribute> = new Map(
  [...INDEXED_ATTRIBUTES, ...DERIVED_ATTRIBUTES].map((one) => [one.tag, one]),
);

const VALUES_KEPT = 16;
const LONGEST_VALUE = 200;

const INDEXED = new Set(INDEXED_ATTRIBUTES.map(({ tag }) => tag));

/** Checks attributes that came from another process; undefined unless each is a known one and bounded. */
export function checkAttributes(untrusted: unknown): DicomAttributes | undefined {
  if (typeof untrusted !== 'object' || untrusted === null) return undefined;
  const checked: Record<string, readonly string[]> = {};
  for (const [tag, values] of Object.entries(untrusted)) {
    if (!INDEXED.has(tag) || !Array.isArray(values) || values.length > VALUES_KEPT) return undefined;
    if (!values.every((value): value is string => typeof value === 'string' && value.length <= LONGEST_VALUE))
      return undefined;
    checked[tag] = values;
  }
  return checked;
}

/** The most of an attribute that is kept, so that what is kept always passes `checkAttributes`. */
export const keptValues = (values: readonly string[]): string[] =>
  values.slice(0, VALUES_KEPT).map((value) => value.slice(0, LONGEST_VALUE));

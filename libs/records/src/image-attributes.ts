import type { DicomAttributes } from '@vitrine/dicom';
import type { RecordFile } from './record-file.entity.js';
import type { RecordItem } from './record-item.entity.js';

/** What is known of an instance: what it says itself, or for what came in before that was kept, what was noted then. */
export function attributesOf(file: RecordFile, item: RecordItem | undefined): DicomAttributes {
  const uids = {
    '0020000D': [item?.studyInstanceUid ?? ''],
    '0020000E': [file.seriesInstanceUid ?? ''],
    '00080018': [file.sopInstanceUid ?? ''],
    '00080016': [file.sopClassUid ?? ''],
  };
  if (file.attributes !== null) return { ...file.attributes, ...uids };
  const study = item?.study;
  const noted: Record<string, string> = {
    '00080020': item?.takenOn?.replaceAll('-', '') ?? '',
    '00080050': study?.accessionNumber ?? '',
    '00080060': file.modality ?? '',
    '00080080': study?.institution ?? '',
    '00081030': study?.description ?? '',
    '0008103E': file.seriesDescription ?? '',
    '00100010': study?.patientName ?? '',
    '00100030': study?.patientBirthDate.replaceAll('-', '') ?? '',
    '00180015': study?.bodyPart ?? '',
    '00200011': file.seriesNumber?.toString() ?? '',
    '00200013': file.instanceNumber?.toString() ?? '',
  };
  return {
    ...Object.fromEntries(
      Object.entries(noted)
        .filter(([, value]) => value !== '')
        .map(([tag, value]) => [tag, [value]]),
    ),
    ...uids,
  };
}

/** What a study has in all its series (PS3.4 §C.3.4). */
export function derivedOfStudy(
  kinds: readonly { readonly modality: string | null; readonly sopClass: string | null }[],
  instances: number,
  series: number,
): DicomAttributes {
  const distinct = (values: readonly (string | null)[]) =>
    [...new Set(values.filter((value): value is string => !!value))].sort();
  return {
    '00080061': distinct(kinds.map(({ modality }) => modality)),
    '00080062': distinct(kinds.map(({ sopClass }) => sopClass)),
    '00201206': [String(series)],
    '00201208': [String(instances)],
    '00080056': ['ONLINE'],
  };
}

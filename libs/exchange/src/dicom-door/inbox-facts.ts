import type { InstanceFacts } from '@vitrine/dicom';
import type { InboxFacts } from './inbox-study.entity.js';

const MOST_MODALITIES = 8;

const LONGEST_DESCRIPTION = 100;

/** The folder at the top under which a file came; empty where it came under none. */
export const folderOf = (untrustedName: string): string =>
  untrustedName.includes('/') ? (untrustedName.split('/')[0] ?? '') : '';

/** What is shown of a study while it waits; of files that belong to none, how their sender called them. */
export function factsOfStudy(
  images: readonly InstanceFacts[],
  untrustedNames: readonly string[],
): InboxFacts {
  const first = (field: 'studyDate' | 'studyDescription') =>
    images.map((image) => image[field]).find((text) => text !== '') ?? '';
  const modalities = [...new Set(images.map(({ modality }) => modality).filter((text) => text !== ''))];
  return {
    studyDate: first('studyDate'),
    modalities: modalities.sort().slice(0, MOST_MODALITIES),
    description: images.length > 0 ? first('studyDescription') : nameOf(untrustedNames),
    patientInitials: initials(images[0]?.patientName ?? ''),
    readable: images.length > 0,
  };
}

/** Of their folder, or of the only one. */
function nameOf(untrustedNames: readonly string[]): string {
  const [name = ''] = untrustedNames;
  const shown = folderOf(name) || (untrustedNames.length === 1 ? name : '');
  return shown.slice(0, LONGEST_DESCRIPTION);
}

/** Enough to notice a mix-up, not enough to tell who it is: `J. D.` */
function initials(name: string): string {
  const words = name.split(/[\s,]+/).filter((word) => /^\p{L}/u.test(word));
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => `${(word ?? '').slice(0, 1).toUpperCase()}.`).join(' ');
}

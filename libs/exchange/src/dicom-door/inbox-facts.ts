import type { InstanceFacts } from '@vitrine/dicom';
import type { InboxFacts } from './inbox-study.entity.js';

const MOST_MODALITIES = 8;

/** What is shown of a study while it waits; of no readable image, that there is none. */
export function factsOfStudy(images: readonly InstanceFacts[]): InboxFacts {
  const first = (field: 'studyDate' | 'studyDescription') =>
    images.map((image) => image[field]).find((text) => text !== '') ?? '';
  const modalities = [...new Set(images.map(({ modality }) => modality).filter((text) => text !== ''))];
  return {
    studyDate: first('studyDate'),
    modalities: modalities.sort().slice(0, MOST_MODALITIES),
    description: first('studyDescription'),
    patientInitials: initials(images[0]?.patientName ?? ''),
    readable: images.length > 0,
  };
}

/** Enough to notice a mix-up, not enough to tell who it is: `J. D.` */
function initials(name: string): string {
  const words = name.split(/[\s,]+/).filter((word) => /^\p{L}/u.test(word));
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => `${(word ?? '').slice(0, 1).toUpperCase()}.`).join(' ');
}

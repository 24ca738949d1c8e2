import { contradicts, studyTitle, type InstanceFacts, type PersonFacts } from '@vitrine/dicom';
import type { DocumentFacts } from '@vitrine/documents';
import type { RecordFile } from './record-file.entity.js';
import type { AboutDocument, RecordItem, StudyFacts } from './record-item.entity.js';

/** What a study says of itself before any file is counted. */
export const studyOf = (facts: InstanceFacts, person: PersonFacts): StudyFacts => ({
  studyInstanceUid: facts.studyInstanceUid,
  description: facts.studyDescription,
  modalities: [],
  bodyPart: facts.bodyPart,
  institution: facts.institution,
  accessionNumber: facts.accessionNumber,
  patientName: facts.patientName,
  patientBirthDate: facts.patientBirthDate,
  seriesCount: 0,
  mismatch: contradicts(personIn(facts), person) ? 'unconfirmed' : 'none',
});

/** What is kept of what a document says of itself. One that is about several people cannot be this patient's alone. */
export const aboutDocument = (facts: DocumentFacts, person: PersonFacts): AboutDocument => ({
  institution: facts.institution,
  patientName: facts.patientName,
  patientBirthDate: facts.patientBirthDate,
  mismatch: facts.severalPeople || contradicts(personIn(facts), person) ? 'unconfirmed' : 'none',
});

export const personIn = (facts: {
  readonly patientName: string;
  readonly patientBirthDate: string;
}): PersonFacts => ({ name: facts.patientName, birthDate: facts.patientBirthDate });

/** Fills what the first file of a study left empty from another one. */
export const enriched = (study: StudyFacts, facts: InstanceFacts): StudyFacts => ({
  ...study,
  description: study.description || facts.studyDescription,
  bodyPart: study.bodyPart || facts.bodyPart,
  institution: study.institution || facts.institution,
  accessionNumber: study.accessionNumber || facts.accessionNumber,
  patientName: study.patientName || facts.patientName,
  patientBirthDate: study.patientBirthDate || facts.patientBirthDate,
});

type Counted = Pick<RecordFile, 'bytes' | 'frames' | 'modality' | 'seriesInstanceUid'>;
type Summary = Pick<RecordItem, 'title' | 'count' | 'bytes' | 'study' | 'formats'>;

/** The columns of an imaging item that follow from its files. */
export function summarise(study: StudyFacts, files: readonly Counted[]): Summary {
  const modalities = [...new Set(files.map(({ modality }) => modality ?? ''))].filter(Boolean).sort();
  const images = files.reduce((sum, { frames }) => sum + frames, 0);
  return {
    title: studyTitle({ modalities, bodyPart: study.bodyPart, description: study.description }),
    // Reports and plans hold no image; a study of nothing else counts its files.
    count: images > 0 ? images : files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    formats: ['dicom'],
    study: {
      ...study,
      modalities,
      seriesCount: new Set(files.map(({ seriesInstanceUid }) => seriesInstanceUid)).size,
    },
  };
}

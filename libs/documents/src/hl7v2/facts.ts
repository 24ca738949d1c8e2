import { cleanText } from '@vitrine/dicom';
import { NAME_LENGTH, TITLE_LENGTH, type DocumentFacts, type Part } from '../document-facts.js';
import { dayOf, pastDayOf } from '../plain-text.js';
import { component, segment, type Message } from './message.js';

/** What a message of a type is about (v2.8 table 0076), for people. */
const ABOUT: Readonly<Record<string, readonly [string, Part]>> = {
  ADT: ['Hospital stay', 'personal'],
  BAR: ['Bill', 'insurance'],
  DFT: ['Bill', 'insurance'],
  MDM: ['Document', 'medical'],
  OMG: ['Order', 'medical'],
  OML: ['Order', 'medical'],
  OMP: ['Prescription', 'medication'],
  ORM: ['Order', 'medical'],
  ORU: ['Test results', 'medical'],
  OUL: ['Test results', 'medical'],
  PPR: ['Problem list', 'medical'],
  RAS: ['Medicine given', 'medication'],
  RDE: ['Prescription', 'medication'],
  RDS: ['Medicine handed out', 'medication'],
  REF: ['Referral', 'medical'],
  SIU: ['Appointment', 'medical'],
  VXU: ['Vaccination', 'medical'],
};

export function hl7v2Facts(message: Message): DocumentFacts {
  const header = segment(message, 'MSH');
  const person = segment(message, 'PID');
  const [word, part] = ABOUT[component(message, header, 9, 1)] ?? ['Message', 'medical' as const];
  const service = segment(message, 'OBR');
  const about = component(message, service, 4, 2) || component(message, service, 4, 5);
  return {
    title: cleanText(about === '' ? word : `${word}: ${about}`, TITLE_LENGTH),
    // When it was measured says more than when it was sent.
    date: pastDayOf(component(message, service, 7, 1)) || pastDayOf(component(message, header, 7, 1)),
    institution: cleanText(component(message, header, 4, 1), TITLE_LENGTH),
    patientName: hl7v2Name(message),
    patientBirthDate: dayOf(component(message, person, 7, 1)),
    severalPeople:
      new Set(message.segments.filter(({ name }) => name === 'PID').map(({ fields }) => fields[5])).size > 1,
    part,
  };
}

/** “Given Middle Family” of PID-5 (XPN, v2.8 §2.A.89). Parts of a family name (FN) are divided by `&`. */
export function hl7v2Name(message: Message): string {
  const [family, given, middle] = [1, 2, 3].map((which) =>
    component(message, segment(message, 'PID'), 5, which),
  );
  return cleanText([given, middle, family?.split('&')[0]].filter(Boolean).join(' '), NAME_LENGTH);
}

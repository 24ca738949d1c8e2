import { cleanText, sameName } from '@vitrine/dicom';
import { NAME_LENGTH, TITLE_LENGTH, type DocumentFacts } from '../document-facts.js';
import { dayOf, pastDayOf } from '../plain-text.js';
import { at, get, isJson, list, text, texts, type Json } from './json.js';
import { partOf, TYPE_WORDS } from './resource-types.js';

export const typeOf = (resource: unknown): string => text(resource, 'resourceType');

/** What it holds: the resource itself, or those of a bundle (R4 §2.36.1) with the bundles in it. */
export function resourcesIn(resource: Json): Json[] {
  if (typeOf(resource) !== 'Bundle') return [resource];
  return list(resource, 'entry')
    .map((entry) => get(entry, 'resource'))
    .filter(isJson);
}

export function fhirFacts(resource: Json): DocumentFacts {
  const resources = resourcesIn(resource);
  const composition = resources.find((one) => typeOf(one) === 'Composition');
  const patients = resources.filter((one) => typeOf(one) === 'Patient');
  const [patient] = patients;
  const patientName = fhirName(patient);
  const bundleDay = pastDayOf(text(resource, 'timestamp')) || pastDayOf(text(composition, 'date'));
  const organisation = resources.find((one) => typeOf(one) === 'Organization');
  return {
    title: cleanText(text(composition, 'title'), TITLE_LENGTH) || titleOf(resource, resources),
    date: bundleDay || latest(resources),
    institution: cleanText(text(organisation, 'name'), TITLE_LENGTH),
    patientName,
    patientBirthDate: dayOf(text(patient, 'birthDate')),
    severalPeople: patients.some((one) => !sameName(fhirName(one), patientName)),
    part: partOf([typeOf(resource), ...resources.map(typeOf)]),
  };
}

function titleOf(resource: Json, resources: readonly Json[]): string {
  if (typeOf(resource) !== 'Bundle') {
    const said = conceptOf(resource);
    const word = TYPE_WORDS[typeOf(resource)] ?? typeOf(resource);
    return cleanText(said === '' ? word : `${word}: ${said}`, TITLE_LENGTH);
  }
  const reports = resources.filter((one) => typeOf(one) === 'DiagnosticReport').map(conceptOf);
  const isMessage = resources.some((one) => typeOf(one) === 'MessageHeader');
  const [report] = reports;
  if (report && (isMessage || reports.length === 1)) return cleanText(`Report: ${report}`, TITLE_LENGTH);
  return `Health data, ${resources.length} ${resources.length === 1 ? 'entry' : 'entries'}`;
}

/** What a resource is about, in the words of whoever wrote it. */
export const conceptOf = (resource: Json): string => {
  for (const key of ['code', 'vaccineCode', 'medicationCodeableConcept', 'type', 'category']) {
    const said = wordsOf(at(resource, key));
    if (said !== '') return said;
  }
  return cleanText(text(resource, 'description') || text(resource, 'title'), TITLE_LENGTH);
};

/** The words of a CodeableConcept. */
export const wordsOf = (concept: unknown): string =>
  cleanText(
    text(concept, 'text') || text(concept, 'coding', 'display') || text(concept, 'coding', 'code'),
    TITLE_LENGTH,
  );

/** “Given Family” of the official name (HumanName), or of the first. */
export function fhirName(person: Json | undefined): string {
  const names = list(person, 'name');
  const name = names.find((one) => text(one, 'use') === 'official') ?? names[0];
  const parts = [...texts(name, 'given'), text(name, 'family')].join(' ').trim();
  return cleanText(parts === '' ? text(name, 'text') : parts, NAME_LENGTH);
}

const MOMENTS = [
  ['effectiveDateTime'],
  ['effectivePeriod', 'start'],
  ['occurrenceDateTime'],
  ['performedDateTime'],
  ['performedPeriod', 'start'],
  ['onsetDateTime'],
  ['authoredOn'],
  ['issued'],
  ['started'],
  ['date'],
  ['recordedDate'],
  ['period', 'start'],
  ['billablePeriod', 'start'],
] as const;

/** The day that a resource tells of; empty when it tells of none. */
export function resourceDay(resource: Json): string {
  for (const path of MOMENTS) {
    const day = dayOf(text(resource, ...path));
    if (day !== '') return day;
  }
  return '';
}

/** What is planned for later is told as well; it is not from then. */
const latest = (resources: readonly Json[]): string =>
  resources
    .map((one) => pastDayOf(resourceDay(one)))
    .sort()
    .at(-1) ?? '';

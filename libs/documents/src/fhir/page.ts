import type { DocumentFacts } from '../document-facts.js';
import type { Page } from '../page/page.js';
import { conceptOf, resourceDay, resourcesIn, typeOf, wordsOf } from './facts.js';
import { at, list, text, type Json } from './json.js';
import { TYPE_WORDS } from './resource-types.js';

/**
 * Writes the main points of FHIR resources, sorted by kind: the day, what it is about, and the value. FHIR is made for
 * programs; the page says that the original holds more.
 */
export function writeFhir(page: Page, resource: Json, facts: DocumentFacts): void {
  page.facts([
    ['About', facts.patientName],
    ['Born', facts.patientBirthDate],
    ['Date', facts.date],
    ['From', facts.institution],
  ]);
  page.note('These are the main points. The original holds more, in a form that is made for programs.');
  const resources = resourcesIn(resource);
  for (const composition of resources.filter((one) => typeOf(one) === 'Composition'))
    writeSections(page, composition);
  for (const [type, word] of Object.entries(TYPE_WORDS)) {
    const own =
      type === 'Patient' || type === 'Composition' ? [] : resources.filter((one) => typeOf(one) === type);
    if (own.length === 0) continue;
    page.heading(2, own.length === 1 ? word : `${word} (${own.length})`);
    const rows = own.map((one) => [resourceDay(one), conceptOf(one), valueOf(one)]);
    page.table(
      ['Date', 'What', 'Value'],
      rows.sort((a, b) => (b[0] ?? '').localeCompare(a[0] ?? '')),
    );
  }
}

function writeSections(page: Page, composition: Json): void {
  for (const section of list(composition, 'section')) {
    const narrative = plainNarrative(text(section, 'text', 'div'));
    if (narrative === '') continue;
    page.heading(2, text(section, 'title'));
    page.paragraph(narrative);
  }
}

/** The words of a narrative (XHTML, R4 §2.4). Marks are taken out, never interpreted. */
const plainNarrative = (div: string): string =>
  div
    .replace(/<(script|style)\b[^]*?<\/\1\s*>/gi, '')
    .replace(/<\/(p|tr|li|h\d|div)\s*>|<br\s*\/?>/gi, '\n')
    .replace(/<\/t[dh]\s*>/gi, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|amp|quot|apos|#39|nbsp);/g, (_, name: string) => CHARACTERS[name] ?? ' ')
    .replace(/[ \t]+/g, ' ')
    .replace(/\s*\n\s*/g, '\n')
    .trim();

const CHARACTERS: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  '#39': "'",
};

/** What a resource says of its subject: a measured value, the parts of one, a dose, a result, or its state. */
function valueOf(resource: Json): string {
  const own = measured(resource);
  if (own !== '') return own;
  const components = list(resource, 'component').map((one) => `${conceptOf(one)}: ${measured(one)}`);
  if (components.length > 0) return components.join('\n');
  const doses = [...list(resource, 'dosageInstruction'), ...list(resource, 'dosage')].map((one) =>
    text(one, 'text'),
  );
  return (
    doses.filter(Boolean).join('\n') ||
    text(resource, 'conclusion') ||
    wordsOf(at(resource, 'clinicalStatus')) ||
    text(resource, 'status')
  );
}

function measured(resource: Json): string {
  const quantity = at(resource, 'valueQuantity');
  const number = text(quantity, 'value');
  if (number !== '') return [text(quantity, 'comparator') + number, text(quantity, 'unit')].join(' ').trim();
  return (
    text(resource, 'valueString') ||
    wordsOf(at(resource, 'valueCodeableConcept')) ||
    text(resource, 'valueDateTime') ||
    text(resource, 'valueInteger') ||
    text(resource, 'valueBoolean')
  );
}

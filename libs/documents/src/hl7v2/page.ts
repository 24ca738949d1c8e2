import type { DocumentFacts } from '../document-facts.js';
import type { Page } from '../page/page.js';
import { dayOf } from '../plain-text.js';
import { component, field, type Message, type Segment } from './message.js';

/** Fields of segments that are told besides results: the word, what it is, and when. */
const TOLD: Readonly<Record<string, readonly [word: string, what: number, when?: number]>> = {
  AL1: ['Allergy', 3, 6],
  DG1: ['Diagnosis', 3, 5],
  PR1: ['Procedure', 3, 5],
  RXA: ['Vaccine or medicine', 5, 3],
  RXE: ['Prescription', 2],
  RXO: ['Prescription', 1],
  IN1: ['Insurance', 4, 12],
  SCH: ['Appointment', 7],
  PRB: ['Problem', 3, 7],
};

/** Writes what a message says to people: results by order, notes, and what else is told by name. */
export function writeHl7v2(page: Page, message: Message, facts: DocumentFacts): void {
  page.facts([
    ['About', facts.patientName],
    ['Born', facts.patientBirthDate],
    ['Date', facts.date],
    ['From', facts.institution],
  ]);
  page.note('These are the main points. The original holds more, in a form that is made for programs.');
  let results: string[][] = [];
  const flush = () => {
    page.table(['Result', 'Value', 'Unit', 'Normal', 'Mark'], results);
    results = [];
  };
  const also: string[][] = [];
  for (const segment of message.segments) {
    const told = TOLD[segment.name];
    if (segment.name === 'OBX') results.push(resultOf(message, segment));
    else if (segment.name === 'OBR') {
      flush();
      page.heading(2, nameOf(message, segment, 4));
    } else if (segment.name === 'NTE') {
      flush();
      page.paragraph(field(message, segment, 3));
    } else if (told !== undefined) {
      const [word, what, when] = told;
      also.push([
        when === undefined ? '' : dayOf(field(message, segment, when)),
        word,
        nameOf(message, segment, what),
      ]);
    }
  }
  flush();
  if (also.length === 0) return;
  page.heading(2, 'Also in it');
  page.table(['Date', 'What', 'Which'], also);
}

const nameOf = (message: Message, of: Segment, which: number): string =>
  component(message, of, which, 2) || component(message, of, which, 5) || field(message, of, which);

function resultOf(message: Message, result: Segment): string[] {
  const isFile = /^(ED|RP)$/.test(field(message, result, 2));
  return [
    nameOf(message, result, 3),
    isFile ? '(a file, not shown here)' : field(message, result, 5),
    component(message, result, 6, 2) || component(message, result, 6, 1),
    field(message, result, 7),
    field(message, result, 8),
  ];
}

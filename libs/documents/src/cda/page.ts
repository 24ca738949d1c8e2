import type { DocumentFacts } from '../document-facts.js';
import type { Page } from '../page/page.js';
import { at, elements, textIn, type XmlElement } from '../xml-tree.js';
import { cdaName, embeddedFile } from './facts.js';

/** Writes what a CDA document says to people: its header, and the narrative of each section (CDA R2 §4.3.5). */
export function writeCda(page: Page, document: XmlElement, facts: DocumentFacts): void {
  const author = at(document, 'author', 'assignedAuthor', 'assignedPerson', 'name');
  page.facts([
    ['About', facts.patientName],
    ['Born', facts.patientBirthDate],
    ['Date', facts.date],
    ['Written by', cdaName(author)],
    ['From', facts.institution],
  ]);
  for (const component of elements(at(document, 'component', 'structuredBody'), 'component'))
    for (const section of elements(component, 'section')) writeSection(page, section, 2);
  const embedded = embeddedFile(document);
  const plain = at(document, 'component', 'nonXMLBody', 'text');
  if (embedded !== undefined)
    page.note(`This document holds a file (${embedded.mediaType}) that is not shown here.`);
  else if (plain !== undefined) page.paragraph(textIn(plain));
}

function writeSection(page: Page, section: XmlElement, level: 2 | 3): void {
  page.heading(level, squeezed(textIn(at(section, 'title'))));
  const narrative = at(section, 'text');
  if (narrative !== undefined) writeNarrative(page, narrative);
  for (const component of elements(section, 'component'))
    for (const inner of elements(component, 'section')) writeSection(page, inner, 3);
}

// Not for people, wherever it stands.
const SKIPPED = /^(script|style|object|iframe|renderMultiMedia|colgroup|col|footnoteRef)$/;

function writeNarrative(page: Page, element: XmlElement): void {
  let inline = '';
  const flush = () => {
    page.paragraph(tidy(inline));
    inline = '';
  };
  for (const child of element.children) {
    if (typeof child === 'string') inline += squeezed(child, true);
    else if (SKIPPED.test(child.name)) continue;
    else if (child.name === 'br') inline += '\n';
    else if (['paragraph', 'div', 'footnote'].includes(child.name)) {
      flush();
      writeNarrative(page, child);
    } else if (child.name === 'list') {
      flush();
      page.list(elements(child, 'item').map(inlineText));
    } else if (child.name === 'table') {
      flush();
      writeTable(page, child);
    } else inline += inlineText(child);
  }
  flush();
}

function writeTable(page: Page, table: XmlElement): void {
  const groups = elements(table).filter(({ name }) => /^(thead|tbody|tfoot)$/.test(name));
  const rows = [table, ...groups].flatMap((group) => elements(group, 'tr'));
  const isHead = (row: XmlElement) => elements(row).every(({ name }) => name === 'th');
  const cells = (row: XmlElement) => elements(row).map(inlineText);
  const caption = at(table, 'caption');
  if (caption !== undefined) page.heading(3, inlineText(caption));
  const [first] = rows;
  if (first !== undefined && isHead(first)) page.table(cells(first), rows.slice(1).map(cells));
  else page.table([], rows.map(cells));
}

/** All text of an element in one piece, with a line for each that it sets apart. */
function inlineText(element: XmlElement): string {
  const text = (of: XmlElement): string =>
    of.children
      .map((child) => {
        if (typeof child === 'string') return squeezed(child, true);
        if (SKIPPED.test(child.name)) return '';
        if (child.name === 'br') return '\n';
        const inner = text(child);
        return /^(paragraph|item|list|tr|caption)$/.test(child.name) ? `\n${inner}\n` : inner;
      })
      .join('');
  return tidy(text(element));
}

const squeezed = (text: string, keepEnds = false): string => {
  const one = text.replace(/\s+/g, ' ');
  return keepEnds ? one : one.trim();
};

const tidy = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');

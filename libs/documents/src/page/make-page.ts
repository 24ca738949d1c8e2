import { embeddedFile } from '../cda/facts.js';
import { writeCda } from '../cda/page.js';
import { writeFhir } from '../fhir/page.js';
import { writeHl7v2 } from '../hl7v2/page.js';
import { factsOf, parseDocument, type Bytes } from '../read-document.js';
import { Page } from './page.js';

/** What people look at in place of a document that is made for programs. */
export interface Reading {
  /** `html` has no link, picture or program; `pdf` is the one that a CDA document consists of, as it is. */
  readonly kind: 'html' | 'pdf';
  readonly bytes: Uint8Array;
}

/** Makes something to read of a document. Of what is none, the page says that it cannot be shown. */
export function makeReading(source: Bytes): Reading {
  const parsed = parseDocument(source);
  if (parsed === undefined || typeof parsed === 'string') return unreadable();
  if (parsed.format === 'cda') {
    const embedded = embeddedFile(parsed.root);
    const bytes = embedded && Buffer.from(embedded.base64, 'base64');
    if (bytes?.subarray(0, 5).toString('latin1') === '%PDF-') return { kind: 'pdf', bytes };
  }
  const facts = factsOf(parsed);
  const page = new Page(facts.title);
  if (parsed.format === 'cda') writeCda(page, parsed.root, facts);
  else if (parsed.format === 'fhir') writeFhir(page, parsed.resource, facts);
  else writeHl7v2(page, parsed.message, facts);
  return { kind: 'html', bytes: page.html() };
}

export function unreadable(): Reading {
  const page = new Page('');
  page.paragraph('This document cannot be shown here. You can still download it.');
  return { kind: 'html', bytes: page.html() };
}

import { cdaFacts, CDA_NAMESPACE, embedsActive } from './cda/facts.js';
import type { DocumentAnswer, DocumentFacts } from './document-facts.js';
import { fhirFacts, typeOf } from './fhir/facts.js';
import { isJson, isShallow, resourceFromXml, type Json } from './fhir/json.js';
import { RESOURCE_TYPES } from './fhir/resource-types.js';
import { hl7v2Facts } from './hl7v2/facts.js';
import { beginsAsHl7v2, parseMessage, type Message } from './hl7v2/message.js';
import { decodedText, looksActive } from './plain-text.js';
import { parseXml, xmlRoot, type XmlElement } from './xml-tree.js';

const FHIR_NAMESPACE = 'http://hl7.org/fhir';
/** A document with scans embedded comes to some MiB. */
const LARGEST_BYTES = 32 * 1024 * 1024;
const START_BYTES = 64 * 1024;

/** A document as it was read, before anything is made of it. */
export type ParsedDocument =
  | { readonly format: 'cda'; readonly root: XmlElement }
  | { readonly format: 'fhir'; readonly resource: Json }
  | { readonly format: 'hl7v2'; readonly message: Message };

type Refusal = 'unsafe' | 'damaged' | 'too-large';

/** Bytes that can be read from any place, such as those of a stored file. */
export interface Bytes {
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
}

/**
 * What a file says that is a document of a known standard: HL7 CDA R2 (of which C-CDA is a profile), a FHIR R4 resource
 * in JSON or XML, or an HL7 v2 message. Undefined when it is none. It is read as a whole, up to 32 MiB.
 */
export function readDocument(source: Bytes): DocumentAnswer | undefined {
  const parsed = parseDocument(source);
  if (parsed === undefined) return undefined;
  if (typeof parsed === 'string') return { kind: 'refused', reason: parsed };
  const facts = factsOf(parsed);
  const active =
    (parsed.format === 'cda' && embedsActive(parsed.root)) ||
    looksActive(JSON.stringify(facts)) ||
    looksActive(Buffer.from(source.read(0, source.size)).toString('latin1'));
  return { kind: 'document', format: parsed.format, facts, active };
}

/** The content of such a document, a reason to refuse it, or undefined for what is none. */
export function parseDocument(source: Bytes): ParsedDocument | Refusal | undefined {
  const start = source.read(0, START_BYTES);
  const format = formatOf(start);
  if (format === undefined || typeof format === 'object') return format?.refused;
  if (source.size > LARGEST_BYTES) return 'too-large';
  const bytes = source.read(0, source.size);
  switch (format) {
    case 'cda':
    case 'fhir-xml': {
      const root = parseXml(bytes);
      if (typeof root === 'string') return root;
      return format === 'cda' ? { format, root } : { format: 'fhir', resource: resourceFromXml(root) };
    }
    case 'json':
      return parseFhirJson(bytes);
    case 'hl7v2': {
      const message = parseMessage(bytes);
      return message === undefined || message === 'too-large' ? message : { format, message };
    }
  }
}

type Beginning = 'cda' | 'fhir-xml' | 'json' | 'hl7v2' | { readonly refused: Refusal } | undefined;

function formatOf(start: Uint8Array): Beginning {
  const text = Buffer.from(start).toString('utf8').replace(/\0/g, '');
  if (beginsAsHl7v2(text)) return 'hl7v2';
  const first = /^[\ufeff\ufffd\s]*(.)/.exec(text)?.[1];
  if (first === '{') return text.includes('"resourceType"') ? 'json' : undefined;
  if (first !== '<') return undefined;
  const root = xmlRoot(start);
  if (root === 'unsafe') return { refused: root };
  if (typeof root === 'string') return undefined;
  if (root.namespace === CDA_NAMESPACE && root.name === 'ClinicalDocument') return 'cda';
  return root.namespace === FHIR_NAMESPACE && RESOURCE_TYPES.has(root.name) ? 'fhir-xml' : undefined;
}

function parseFhirJson(bytes: Uint8Array): ParsedDocument | Refusal | undefined {
  const text = decodedText(bytes);
  if (text === undefined) return 'damaged';
  if (!isShallow(text)) return 'unsafe';
  try {
    const resource: unknown = JSON.parse(text);
    return isJson(resource) && RESOURCE_TYPES.has(typeOf(resource))
      ? { format: 'fhir', resource }
      : undefined;
  } catch {
    return 'damaged';
  }
}

export function factsOf(parsed: ParsedDocument): DocumentFacts {
  switch (parsed.format) {
    case 'cda':
      return cdaFacts(parsed.root);
    case 'fhir':
      return fhirFacts(parsed.resource);
    case 'hl7v2':
      return hl7v2Facts(parsed.message);
  }
}

import { cleanText } from '@vitrine/dicom';
import { NAME_LENGTH, TITLE_LENGTH, type DocumentFacts, type Part } from '../document-facts.js';
import { dayOf, pastDayOf } from '../plain-text.js';
import { at, attribute, elements, textIn, type XmlElement } from '../xml-tree.js';

export const CDA_NAMESPACE = 'urn:hl7-org:v3';

/** LOINC codes of documents that are not simply medical. */
const PARTS: Readonly<Record<string, Part>> = {
  '10160-0': 'medication',
  '56445-0': 'medication',
  '57833-6': 'medication',
  '60591-5': 'medical',
  '48768-6': 'insurance',
  '64290-0': 'insurance',
  '51969-4': 'genome',
  '18748-4': 'imaging',
  '18782-3': 'imaging',
};

/** What a CDA document (HL7 CDA R2 §4.2, the header) says of itself. */
export function cdaFacts(document: XmlElement): DocumentFacts {
  const targets = elements(document, 'recordTarget');
  const patient = at(targets[0], 'patientRole', 'patient');
  const code = at(document, 'code');
  const custodian = at(
    document,
    'custodian',
    'assignedCustodian',
    'representedCustodianOrganization',
    'name',
  );
  const author = at(document, 'author', 'assignedAuthor', 'representedOrganization', 'name');
  return {
    title: cleanText(textIn(at(document, 'title')), TITLE_LENGTH) || shown(code, TITLE_LENGTH),
    date: pastDayOf(attribute(at(document, 'effectiveTime'), 'value')),
    institution: cleanText(textIn(custodian), TITLE_LENGTH) || cleanText(textIn(author), TITLE_LENGTH),
    patientName: cdaName(at(patient, 'name')),
    patientBirthDate: dayOf(attribute(at(patient, 'birthTime'), 'value')),
    severalPeople: targets.length > 1,
    part: PARTS[attribute(code, 'code')] ?? 'medical',
  };
}

const shown = (code: XmlElement | undefined, length: number): string =>
  cleanText(attribute(code, 'displayName'), length);

/** “Given Family” of a PN (HL7 V3 data types §2.21). */
export function cdaName(name: XmlElement | undefined): string {
  const parts = ['prefix', 'given', 'family', 'suffix'].flatMap((part) => elements(name, part));
  return cleanText(parts.length === 0 ? textIn(name) : parts.map(textIn).join(' '), NAME_LENGTH);
}

/** What a document has instead of sections: a file, in Base64 (CDA R2 §4.3.1.1). */
export interface EmbeddedFile {
  readonly mediaType: string;
  readonly base64: string;
}

export function embeddedFile(document: XmlElement): EmbeddedFile | undefined {
  const text = at(document, 'component', 'nonXMLBody', 'text');
  if (text === undefined || attribute(text, 'representation') !== 'B64') return undefined;
  return { mediaType: attribute(text, 'mediaType').toLowerCase(), base64: textIn(text).replace(/\s+/g, '') };
}

const HARMLESS = /^(application\/pdf|text\/plain|image\/(jpeg|png|gif|tiff))$/;

export const embedsActive = (document: XmlElement): boolean => {
  const embedded = embeddedFile(document);
  return embedded !== undefined && !HARMLESS.test(embedded.mediaType);
};

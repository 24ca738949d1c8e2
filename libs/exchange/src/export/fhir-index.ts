import type { RecordItem } from '@vitrine/records';
import type { PlacedFile } from './export-layout.js';

/** Whose record it is. */
export interface ExportPerson {
  readonly id: string;
  readonly name: string;
  /** `YYYY-MM-DD` */
  readonly birthDate: string | null;
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  text: 'text/plain',
  cda: 'application/xml',
  hl7v2: 'x-application/hl7-v2+er7',
  webp: 'image/webp',
  genotype: 'text/plain',
  vcf: 'text/x-vcf',
  bam: 'application/x-bam',
  cram: 'application/x-cram',
  fasta: 'text/x-fasta',
  bed: 'text/x-bed',
  gff: 'text/x-gff3',
};

/**
 * What is in an export, as a FHIR R4 Bundle of type `collection`: the Patient, an ImagingStudy for each scan and a
 * DocumentReference for each document and genome. Addresses of attachments are paths in the export.
 */
export function fhirIndex(person: ExportPerson, files: readonly PlacedFile[], at: string): string {
  const items = new Map<RecordItem, PlacedFile[]>();
  for (const file of files) {
    const there = items.get(file.item);
    if (there) there.push(file);
    else items.set(file.item, [file]);
  }
  const subject = { reference: urn(person.id) };
  const bundle = {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: at,
    entry: [
      {
        fullUrl: urn(person.id),
        resource: {
          resourceType: 'Patient',
          name: [{ text: person.name }],
          ...(person.birthDate === null ? {} : { birthDate: person.birthDate }),
        },
      },
      ...[...items].map(([item, own]) => ({
        fullUrl: urn(item.id),
        resource:
          item.kind === 'imaging' ? imagingStudy(item, own, subject) : documentReference(item, own, subject),
      })),
    ],
  };
  return `${JSON.stringify(bundle, null, 1)}\n`;
}

/** Our ids are 128 bits, as those of a UUID are. */
const urn = (id: string): string =>
  `urn:uuid:${id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;

interface Reference {
  readonly reference: string;
}

function imagingStudy(item: RecordItem, files: readonly PlacedFile[], subject: Reference) {
  const series = new Map<string, PlacedFile[]>();
  for (const placed of files) {
    const uid = placed.file.seriesInstanceUid ?? '';
    const there = series.get(uid);
    if (there) there.push(placed);
    else series.set(uid, [placed]);
  }
  const study = item.study;
  return {
    resourceType: 'ImagingStudy',
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${item.studyInstanceUid ?? ''}` }],
    status: 'available',
    subject,
    ...(item.takenOn === null ? {} : { started: item.takenOn }),
    ...(study && study.modalities.length > 0
      ? { modality: study.modalities.map((code) => ({ system: DCM, code })) }
      : {}),
    description: study?.description || item.title,
    numberOfSeries: series.size,
    numberOfInstances: files.length,
    series: [...series].map(([uid, own]) => {
      const first = own[0]?.file;
      return {
        uid,
        ...(first?.seriesNumber == null || first.seriesNumber < 0 ? {} : { number: first.seriesNumber }),
        modality: { system: DCM, code: first?.modality || 'OT' },
        ...(first?.seriesDescription ? { description: first.seriesDescription } : {}),
        numberOfInstances: own.length,
        instance: own.map(({ file, path }) => ({
          uid: file.sopInstanceUid ?? '',
          sopClass: { system: 'urn:ietf:rfc:3986', code: `urn:oid:${file.sopClassUid ?? ''}` },
          ...(file.instanceNumber === null || file.instanceNumber < 0 ? {} : { number: file.instanceNumber }),
          title: path.join('/'),
        })),
      };
    }),
  };
}

const documentReference = (item: RecordItem, files: readonly PlacedFile[], subject: Reference) => ({
  resourceType: 'DocumentReference',
  status: 'current',
  subject,
  date: item.addedAt,
  description: item.title,
  content: files.map(({ file, path }) => ({
    attachment: {
      contentType: CONTENT_TYPES[file.format] ?? 'application/octet-stream',
      url: path.map(encodeURIComponent).join('/'),
      size: file.bytes,
      title: path.at(-1) ?? '',
    },
  })),
});

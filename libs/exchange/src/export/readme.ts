import type { ExportLayout } from './export-layout.js';
import type { ExportPerson } from './fhir-index.js';

/** What is in an export and how to use it, in words that need no program (IHE PDI README.TXT). */
export function readmeOf(person: ExportPerson, { files, driveFiles, leftOut }: ExportLayout): string {
  const scans = new Set(files.filter(({ path }) => path[0] === 'DICOM').map(({ item }) => item));
  const count = (folder: string) => files.filter(({ path }) => path[0] === folder).length;
  const lines = [
    `Health record of ${person.name}`,
    '',
    'This folder holds the original files, exactly as they came in.',
    '',
    ...(scans.size > 0
      ? [
          `DICOM/            ${scans.size} scans, ${count('DICOM')} files. Any DICOM program opens them:`,
          '                  let it read this folder, or the file DICOMDIR.',
        ]
      : []),
    ...(count('DOCUMENTS') > 0 ? [`DOCUMENTS/        ${count('DOCUMENTS')} documents.`] : []),
    ...(count('GENOMES') > 0
      ? [`GENOMES/          ${count('GENOMES')} genome files, with their indexes.`]
      : []),
    ...(driveFiles.length > 0
      ? [`DRIVE/            ${driveFiles.length} files of the network drive that are no part of the record.`]
      : []),
    'CHECKSUMS.sha256  proves that nothing has changed: sha256sum -c CHECKSUMS.sha256',
    'index.fhir.json   a list of everything for programs (HL7 FHIR R4).',
    '',
    'To use it in another Vitrine, add this folder or the ZIP file there.',
    'Give it only to people who may see all of it: whoever has it can read it.',
    ...(leftOut.length === 0
      ? []
      : [
          '',
          `NOT IN HERE: ${leftOut.length} files that are damaged on the server. They belong to:`,
          ...[...new Set(leftOut)].map((words) => `- ${words}`),
          'Please tell the operator, or ask for them again where they came from.',
        ]),
    '',
  ];
  return lines.join('\r\n');
}

import { createHash, randomBytes } from 'node:crypto';
import { syntheticReportPdf } from '@vitrine/samples';

/** A document that is like no other. */
export interface OneDocument {
  readonly name: string;
  readonly bytes: Buffer;
  /** What it says of itself. */
  readonly takenOn: string | null;
}

const FILLING_BYTES = 100_000;

/** Documents of all kinds, one after the other: PDF, HL7 CDA, FHIR, HL7 v2. Each has more than 100,000 bytes. */
export function documentOf(n: number): OneDocument {
  const filling = randomBytes(FILLING_BYTES);
  const text = filling.toString('base64');
  switch (n % 4) {
    case 0:
      return {
        name: 'report.pdf',
        bytes: Buffer.concat([syntheticReportPdf().bytes, filling]),
        takenOn: null,
      };
    case 1:
      return {
        name: 'letter.xml',
        bytes: Buffer.from(
          `<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Letter</title><effectiveTime value="20240305"/><text>${text}</text></ClinicalDocument>`,
        ),
        takenOn: '2024-03-05',
      };
    case 2:
      return {
        name: 'list.json',
        bytes: Buffer.from(
          JSON.stringify({ resourceType: 'Observation', effectiveDateTime: '2024-03-06', valueString: text }),
        ),
        takenOn: '2024-03-06',
      };
    default:
      return {
        name: 'result.hl7',
        bytes: Buffer.from(
          `MSH|^~\\&|LAB|City Hospital|||20240307||ORU^R01|1|P|2.5\rOBX|1|ST|718-7^Hemoglobin^LN||${text}\r`,
        ),
        takenOn: '2024-03-07',
      };
  }
}

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

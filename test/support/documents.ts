import { PNG } from 'pngjs';
import type { SampleFile } from './api-client.js';

const file = (name: string, text: string): SampleFile => ({ name, bytes: Buffer.from(text) });

/** HL7 CDA, FHIR, HL7 v2, a picture and something of no known kind; the first is about somebody else. */
export const DOCUMENTS: readonly SampleFile[] = [
  file(
    'letter.xml',
    `<?xml version="1.0"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Letter of discharge</title><effectiveTime value="20140917"/>
<recordTarget><patientRole><patient><name><given>Eve</given><family>Roe</family></name>
<birthTime value="19750501"/></patient></patientRole></recordTarget></ClinicalDocument>`,
  ),
  file(
    'person.json',
    JSON.stringify({
      resourceType: 'Patient',
      name: [{ given: ['Jane'], family: 'Doe' }],
      birthDate: '1951-04-02',
    }),
  ),
  file(
    'result.hl7',
    'MSH|^~\\&|LAB|City Hospital|||20240101||ORU^R01|1|P|2.5\rPID|1||1||Doe^Jane||19510402\rOBX|1|NM|718-7^Hemoglobin^LN||13.2|g/dL\r',
  ),
  { name: 'photo.png', bytes: PNG.sync.write(new PNG({ width: 64, height: 48 })) },
  { name: 'strange.xyz', bytes: Buffer.from([1, 2, 3]) },
];

/** One that is refused, one that is added although it holds more than it shows, one of no known kind. */
export const DOUBTFUL: readonly SampleFile[] = [
  file(
    'outside.xml',
    '<?xml version="1.0"?><!DOCTYPE c [<!ENTITY x SYSTEM "http://canary.invalid/">]>' +
      '<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&x;</title></ClinicalDocument>',
  ),
  file('more.json', '{"resourceType":"Patient","name":[{"family":"<script>Doe","given":["Jane"]}]}'),
  file('table.csv', '=1+1,2'),
];

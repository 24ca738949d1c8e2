import type { SampleFile } from './sample-file.js';

const REPORT = [
  'Synthetic General Hospital',
  'Department of Radiology',
  '',
  'Patient: Jane Doe        Born: 2 April 1951',
  'Examination: CT of the head without contrast, 12 June 2025',
  '',
  'Findings',
  'The grey and white matter are well told apart. The ventricles are of normal',
  'width and lie in the middle. In the left frontal lobe there is a round, denser',
  'area of 17 mm. There is no bleeding outside of it, and no broken bone.',
  '',
  'Impression',
  'A single round lesion in the left frontal lobe, most likely harmless.',
  'A check in six months is recommended.',
  '',
  'This report is made up. It is about nobody.',
];

/** A report of one page as PDF 1.4 (ISO 32000 §7.5). */
export function syntheticReportPdf(): SampleFile {
  const text = REPORT.map((line, index) => {
    const heading = index === 0 || line === 'Findings' || line === 'Impression';
    return `/${heading ? 'F2' : 'F1'} ${index === 0 ? 18 : heading ? 13 : 11} Tf (${line}) Tj 0 -22 Td`;
  }).join('\n');
  const stream = `BT\n64 770 Td\n${text}\nET\n`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}endstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const offset of offsets) file += `${String(offset).padStart(10, '0')} 00000 n \n`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return { name: 'ct-head-report.pdf', bytes: Buffer.from(file, 'latin1') };
}

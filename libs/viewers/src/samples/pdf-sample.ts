const CONTENT = `BT /F1 28 Tf 72 740 Td (Sample report) Tj ET
BT /F1 14 Tf 72 700 Td (This page belongs to nobody. It tests that a viewer shows pages.) Tj ET
0.10 0.45 0.75 rg 72 560 200 100 re f
0.85 0.30 0.20 rg 300 560 120 100 re f
0.20 0.60 0.35 rg 72 420 440 100 re f
0 0 0 RG 2 w 72 380 m 540 380 l S`;

/** One page with words and coloured boxes, as PDF 1.4 (ISO 32000 §7.5). */
export function pdfSample(): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${CONTENT.length} >>\nstream\n${CONTENT}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = text.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

import { describe, expect, it } from '@jest/globals';
import { makeReading } from './make-page.js';
import { PAGE_BYTES } from './page.js';
import { readingOf } from './reading-thread.js';

const reading = (content: string) => {
  const bytes = Buffer.from(content);
  const { kind, bytes: made } = makeReading({
    size: bytes.length,
    read: (at, length) => bytes.subarray(at, at + length),
  });
  return { kind, text: Buffer.from(made).toString('utf8') };
};

const cda = (inside: string) =>
  `<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Letter</title><component>${inside}</component></ClinicalDocument>`;
const section = (text: string) =>
  cda(
    `<structuredBody><component><section><title>Results</title><text>${text}</text></section></component></structuredBody>`,
  );

describe('makeReading', () => {
  it('shows the sections of a CDA document with their tables and lists', () => {
    const { kind, text } = reading(
      section(
        `<paragraph>As   told<br/>before</paragraph><list><item>one</item></list>
         <table><thead><tr><th>Test</th></tr></thead><tbody><tr><td>Haemoglobin</td></tr></tbody></table>`,
      ),
    );
    expect(kind).toBe('html');
    for (const part of [
      '<h1>Letter</h1>',
      '<h2>Results</h2>',
      '<p>As told<br/>before</p>',
      '<li>one</li>',
      '<th>Test</th>',
      '<td>Haemoglobin</td>',
    ])
      expect(text).toContain(part);
  });

  it('lets no mark, link or program of a document through', () => {
    const { text } = reading(
      section(
        `<script>alert(1)</script><paragraph onclick="x()">&lt;img src=x onerror=y&gt;
         <linkHtml href="javascript:z()">here</linkHtml></paragraph>`,
      ),
    );
    expect(text).toContain('&lt;img src=x onerror=y&gt; here');
    expect(text).not.toMatch(/<(script|img|a)\b|javascript|onclick|alert/);
  });

  it('shows the PDF of which a CDA document consists, and of another file only that it is there', () => {
    const body = (type: string, content: string) =>
      cda(
        `<nonXMLBody><text mediaType="${type}" representation="B64">${Buffer.from(content).toString('base64')}</text></nonXMLBody>`,
      );
    expect(reading(body('application/pdf', '%PDF-1.4 x'))).toEqual({ kind: 'pdf', text: '%PDF-1.4 x' });
    const other = reading(body('application/pdf', 'MZ'));
    expect(other.kind).toBe('html');
    expect(other.text).toContain('holds a file (application/pdf) that is not shown');
  });

  it('shows the main points of FHIR resources', () => {
    const { text } = reading(
      JSON.stringify({
        resourceType: 'Bundle',
        entry: [
          { resource: { resourceType: 'Patient', name: [{ text: 'Jane <b>Doe</b>' }] } },
          {
            resource: {
              resourceType: 'Observation',
              code: { text: 'Weight' },
              effectiveDateTime: '2024-02-03',
              valueQuantity: { value: 70.5, unit: 'kg' },
            },
          },
        ],
      }),
    );
    expect(text).toContain('About: Jane &lt;b&gt;Doe&lt;/b&gt;');
    expect(text).toContain('<td>2024-02-03</td><td>Weight</td><td>70.5 kg</td>');
  });

  it('shows the results of an HL7 v2 message with unit and mark', () => {
    const { text } = reading(
      'MSH|^~\\&|A|B|||20240305||ORU^R01|1|P|2.5\rOBR|1|||1^Blood\rOBX|1|NM|1^Iron^LN||13.5|g/L|12-16|H\rNTE|1||Fasting',
    );
    expect(text).toContain('<h2>Blood</h2>');
    expect(text).toContain('<td>Iron</td><td>13.5</td><td>g/L</td><td>12-16</td><td>H</td>');
    expect(text).toContain('<p>Fasting</p>');
  });

  it('ends a page that grows too long, and says so', () => {
    const { text } = reading(section('<paragraph>word word word</paragraph>'.repeat(30_000)));
    expect(text.length).toBeLessThan(PAGE_BYTES);
    expect(text).toContain('There is more in this document than fits here.');
  });
});

describe('readingOf', () => {
  it('makes a page in a thread, and of what cannot be read one that says so', async () => {
    const page = await readingOf(Buffer.from(section('<paragraph>Well</paragraph>')));
    expect(Buffer.from(page.bytes).toString()).toContain('<p>Well</p>');
    const broken = await readingOf(Buffer.from('<ClinicalDocument xmlns="urn:hl7-org:v3">'));
    expect(Buffer.from(broken.bytes).toString()).toContain('cannot be shown here');
  });
});

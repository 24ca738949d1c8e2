import { describe, expect, it } from '@jest/globals';
import { checkDocumentFacts } from './document-facts.js';
import { readDocument } from './read-document.js';

const source = (content: string | Buffer) => {
  const bytes = Buffer.from(content);
  return { size: bytes.length, read: (at: number, length: number) => bytes.subarray(at, at + length) };
};
const read = (content: string | Buffer) => readDocument(source(content));

const cda = (inside: string, before = '') =>
  `<?xml version="1.0"?>${before}<ClinicalDocument xmlns="urn:hl7-org:v3">${inside}</ClinicalDocument>`;
const HEADER = `<title>Discharge letter</title><effectiveTime value="202403051200+0100"/>
  <recordTarget><patientRole><patient><name><given>Jane</given><family>Doe</family></name>
  <birthTime value="19510402"/></patient></patientRole></recordTarget>`;

describe('readDocument', () => {
  it('reads the header of a CDA document', () => {
    expect(read(cda(HEADER))).toEqual({
      kind: 'document',
      format: 'cda',
      active: false,
      facts: {
        title: 'Discharge letter',
        date: '2024-03-05',
        institution: '',
        patientName: 'Jane Doe',
        patientBirthDate: '1951-04-02',
        severalPeople: false,
        part: 'medical',
      },
    });
  });

  it('goes by namespaces and not by prefixes', () => {
    expect(
      read('<x:ClinicalDocument xmlns:x="urn:hl7-org:v3"><x:title>A</x:title></x:ClinicalDocument>'),
    ).toMatchObject({ format: 'cda', facts: { title: 'A' } });
    expect(read('<ClinicalDocument xmlns="urn:other"><title>A</title></ClinicalDocument>')).toBeUndefined();
  });

  it('reads the encodings that documents come in', () => {
    const text = cda('<title>Größe</title>').replace('"1.0"', '"1.0" encoding="ISO-8859-1"');
    expect(read(Buffer.from(text, 'latin1'))).toMatchObject({ facts: { title: 'Größe' } });
    const wide = Buffer.from(`\ufeff${cda('<title>Größe</title>')}`, 'utf16le');
    expect(read(wide)).toMatchObject({ facts: { title: 'Größe' } });
  });

  it.each([
    ['an external entity', '<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
    ['entities that grow', '<!DOCTYPE c [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'],
    ['an external declaration', '<!DOCTYPE c SYSTEM "http://canary.invalid/x.dtd">'],
    ['a declaration alone', '<!DOCTYPE ClinicalDocument>'],
  ])('refuses a document with %s', (_, declaration) => {
    expect(read(cda(HEADER, declaration))).toEqual({ kind: 'refused', reason: 'unsafe' });
  });

  it('knows no entities but those of XML', () => {
    expect(read(cda('<title>A &amp; B</title>'))).toMatchObject({ facts: { title: 'A & B' } });
    expect(read(cda('<title>&nbsp;</title>'))).toEqual({ kind: 'refused', reason: 'damaged' });
  });

  it('refuses XML that is nested too deep, and what ends in the middle', () => {
    expect(read(cda('<a>'.repeat(1000) + '</a>'.repeat(1000)))).toEqual({
      kind: 'refused',
      reason: 'unsafe',
    });
    expect(read(cda(HEADER).slice(0, -10))).toEqual({ kind: 'refused', reason: 'damaged' });
  });

  it('says of a document that it is about several people', () => {
    expect(read(cda(HEADER + HEADER))).toMatchObject({ facts: { severalPeople: true } });
  });

  it.each([
    ['a script', '<component><section><text><script>1</script></text></section></component>'],
    ['a link that runs', '<text><linkHtml href="javascript:x()">a</linkHtml></text>'],
    [
      'a page inside',
      '<component><nonXMLBody><text mediaType="text/html" representation="B64">PGI+</text></nonXMLBody></component>',
    ],
  ])('flags a CDA document with %s', (_, inside) => {
    expect(read(cda(HEADER + inside))).toMatchObject({ kind: 'document', active: true });
  });

  const patient = {
    resourceType: 'Patient',
    name: [{ family: 'Doe', given: ['Jane'] }],
    birthDate: '1951-04-02',
  };
  const bundle = (...resources: object[]) =>
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'collection',
      entry: resources.map((resource) => ({ resource })),
    });

  it('reads FHIR in JSON', () => {
    const observation = {
      resourceType: 'Observation',
      code: { text: 'Haemoglobin' },
      effectiveDateTime: '2024-02-03T10:00:00Z',
    };
    expect(read(JSON.stringify(observation))).toMatchObject({
      format: 'fhir',
      facts: { title: 'Measurement: Haemoglobin', date: '2024-02-03', part: 'medical' },
    });
    expect(read(bundle(patient, observation))).toMatchObject({
      facts: { patientName: 'Jane Doe', patientBirthDate: '1951-04-02', date: '2024-02-03' },
    });
  });

  it('reads the same in XML', () => {
    const xml = `<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><resource><Patient>
      <name><family value="Doe"/><given value="Jane"/></name><birthDate value="1951-04-02"/>
      </Patient></resource></entry><entry><resource><MedicationRequest><medicationCodeableConcept>
      <text value="Aspirin"/></medicationCodeableConcept><authoredOn value="2024-01-02"/>
      </MedicationRequest></resource></entry></Bundle>`;
    expect(read(xml)).toMatchObject({
      format: 'fhir',
      facts: {
        patientName: 'Jane Doe',
        patientBirthDate: '1951-04-02',
        date: '2024-01-02',
        part: 'medication',
      },
    });
  });

  it.each([
    ['medication', [{ resourceType: 'MedicationStatement' }]],
    ['insurance', [{ resourceType: 'Coverage' }, patient]],
    ['personal', [patient]],
    ['medical', [{ resourceType: 'Coverage' }, { resourceType: 'Condition' }]],
  ])('finds the part of the record: %s', (part, resources) => {
    expect(read(bundle(...resources))).toMatchObject({ facts: { part } });
  });

  it('tells a bundle of several patients', () => {
    const other = { ...patient, name: [{ family: 'Roe', given: ['Richard'] }] };
    expect(read(bundle(patient, other))).toMatchObject({ facts: { severalPeople: true } });
  });

  it('takes inherited properties for no data, and leaves prototypes alone', () => {
    const text =
      '{"resourceType":"Patient","__proto__":{"name":[{"family":"X"}]},"constructor":{"prototype":{"a":1}}}';
    expect(read(text)).toMatchObject({ facts: { patientName: '' } });
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('refuses JSON that is nested too deep and JSON that is cut', () => {
    expect(read(`{"resourceType":"Bundle","x":${'['.repeat(5000)}`)).toEqual({
      kind: 'refused',
      reason: 'unsafe',
    });
    expect(read(bundle(patient).slice(0, -3))).toEqual({ kind: 'refused', reason: 'damaged' });
  });

  it('takes no other JSON or XML', () => {
    for (const text of [
      '{"a":1}',
      '{"resourceType":"Nonsense"}',
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      '<html>',
    ])
      expect(read(text)).toBeUndefined();
    expect(read('<!doctype html><p>"resourceType"')).toBeUndefined();
  });

  const message = [
    'MSH|^~\\&|LAB|Clinic^1^ISO|||20240305120000||ORU^R01|1|P|2.5',
    'PID|1||1||Doe^Jane^^^^^L||19510402',
    'OBR|1|||718-7^Haemoglobin \\T\\ more^LN|||20240304',
    'OBX|1|NM|718-7^Haemoglobin^LN||13.5|g/dL|12-16|N',
  ];

  it.each([
    ['with CR', message.join('\r')],
    ['with LF and a byte order mark', `\ufeff${message.join('\n')}`],
    ['in a frame of MLLP', `\u000b${message.join('\r')}\u001c\r`],
    ['in a batch', `FHS|^~\\&|A\rBHS|^~\\&|A\r${message.join('\r')}\rBTS|1`],
  ])('reads an HL7 v2 message %s', (_, text) => {
    expect(read(text)).toMatchObject({
      format: 'hl7v2',
      facts: {
        title: 'Test results: Haemoglobin & more',
        date: '2024-03-04',
        institution: 'Clinic',
        patientName: 'Jane Doe',
        patientBirthDate: '1951-04-02',
        part: 'medical',
      },
    });
  });

  describe('the day of a document', () => {
    const dated: Readonly<Record<string, (moment: string) => string>> = {
      CDA: (moment) => cda(`<effectiveTime value="${moment}"/>`),
      'HL7 v2': (moment) => `MSH|^~\\&|LAB|Clinic|||${moment}||ORU^R01|1|P|2.5\rPID|1`,
      FHIR: (moment) => JSON.stringify({ resourceType: 'Observation', issued: dashed(moment) }),
    };
    /** As FHIR writes it. */
    const dashed = (moment: string) =>
      moment.replace(
        /^(\d{4})(\d{2})?(\d{2})?(?:(\d{2})(\d{2}))?([+-]\d{2})?(\d{2})?$/,
        (_, ...[year, month, day, hour, minute, zone, rest]: (string | undefined)[]) =>
          [year, month, day].filter(Boolean).join('-') +
          (hour === undefined ? '' : `T${hour}:${minute ?? '00'}:00${zone ?? '+00'}:${rest ?? '00'}`),
      );
    const dayIn = (format: string, moment: string) => {
      const answer = read(dated[format]?.(moment) ?? '');
      return answer?.kind === 'document' ? answer.facts.date : answer;
    };

    describe.each(Object.keys(dated))('in %s', (format) => {
      it.each([
        ['20240305', '2024-03-05'],
        ['202403050015+1400', '2024-03-05'],
        ['202403052345-0800', '2024-03-05'],
        ['20240229', '2024-02-29'],
      ])('is the one where it was written: %s', (moment, day) => expect(dayIn(format, moment)).toBe(day));

      it.each(['2024', '202403'])('is none where only a part is known, and none is made up: %s', (moment) =>
        expect(dayIn(format, moment)).toBe(''),
      );

      it.each(['20230229', '20241301', '00000000', '00010101', '99991231', '21000101', 'yesterday', ''])(
        'is none where nobody alive can mean it: %j',
        (moment) => expect(dayIn(format, moment)).toBe(''),
      );
    });

    it('is that of what was measured, where only what is planned lies in the future', () => {
      const entry = ['2024-02-03', '2999-01-01'].map((effectiveDateTime) => ({
        resource: { resourceType: 'Observation', effectiveDateTime },
      }));
      expect(read(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))).toMatchObject({
        facts: { date: '2024-02-03' },
      });
    });

    it('is when a message was sent, where the day of the test makes no sense', () => {
      const text = message.join('\r').replace('|20240304', '|29990101');
      expect(read(text)).toMatchObject({ facts: { date: '2024-03-05' } });
    });
  });

  it('refuses a document of more than 32 MiB without reading it', () => {
    const { read: bytes } = source(cda(HEADER));
    expect(readDocument({ size: 33 * 1024 * 1024, read: bytes })).toEqual({
      kind: 'refused',
      reason: 'too-large',
    });
  });

  it('says nothing that its own check refuses', () => {
    const long = read(cda(`<title>${'x'.repeat(5000)}</title>`));
    expect(long?.kind === 'document' && checkDocumentFacts(long.facts)).toMatchObject({ part: 'medical' });
    expect(checkDocumentFacts({ title: 'a' })).toBeUndefined();
  });
});

/**
 * What an import has to say to each file of the test data: what it was taken for, and the codes of the notes in its
 * report. An index joins the item of its file, which came before it. A folder stands for all of its files that are not
 * named.
 */
const ANSWERS: Readonly<Record<string, string>> = {
  'CATALOG.md': 'unknown-format',
  'dicom/cd-ct.zip': 'dicom; ignored ×5',
  'dicom/cd-ct/': 'ignored',
  'dicom/cd-ct/DICOM/CTHEAD/': 'dicom',
  'dicom/charset/': 'dicom',
  'dicom/dicomdir-3patients/': 'dicom',
  'dicom/dicomdir-3patients/DICOMDIR': 'ignored',
  'dicom/modality/': 'dicom',
  'dicom/objects/': 'dicom',
  'dicom/series/': 'dicom',
  'dicom/transfer-syntax/': 'dicom',
  'dicom/transfer-syntax/implicit-le.dcm': 'dicom; flagged',
  'dicom/transfer-syntax/jpegls-lossless-mr.dcm': 'dicom; flagged',
  'dicom/transfer-syntax/jpegls-near-8bit.dcm': 'damaged-dicom',
  'documents/ccda/CCD-1.xml': 'cda ‘Patient Chart Summary’ 2013-08-15, Eve Betterhalf 1975-05-01',
  'documents/ccda/Diagnostic_Imaging_Report.xml':
    'cda ‘Chest X-Ray, PA and LAT View’ 2005-03-29, Adam Everyman 1954-11-25',
  'documents/ccda/Discharge_Summary.xml':
    'cda ‘Community Health and Hospitals: Discharge Summary’ 2014-09-17, Isabella Jones 2005-05-01',
  'documents/ccda/Lab_BMP_Troponin (C-CDA2.1).xml': 'unknown-format',
  'documents/ccda/Progress_Note.xml': 'cda ‘Progress Note’ 2005-03-29, Mr. Adam Frankie Everyman 1954-11-25',
  'documents/ccda/Unstructured_embedded_pdf.xml':
    'cda ‘Community Health and Hospitals: Discharge Summary’ 2009-03-29, Henry L Levin 1953-03-02',
  'documents/fhir-r4/bundle-from-ccd.json':
    'fhir ‘Continuity of Care Document’ 2013-01-30, Adam Everyman 1962-10-22',
  'documents/fhir-r4/bundle-from-discharge.json':
    'fhir ‘Community Health Consult Note’ 2018-06-23, Eve Betterhalf 1975-05-01',
  'documents/fhir-r4/bundle-from-oru.json':
    'fhir ‘Report: Hemogram and platelet count, automated’ 2014-10-06, DONALD D DUCK 1924-10-10',
  'documents/fhir-r4/synthea-Clemente_Kreiger.json':
    'fhir ‘Health data, 70 entries’ 2018-09-17, Clemente Kreiger 1984-07-02',
  'documents/fhir-r4/synthea-Gustavo_Mejía.json':
    'fhir ‘Health data, 78 entries’ 2020-03-26, Gustavo Mejía 1986-11-27',
  'documents/fhir-r4/synthea-Liz_Conn.json': 'fhir ‘Health data, 73 entries’ 2018-08-17, Liz Conn 1986-11-28',
  'documents/hl7v2/ADT-A01-01.hl7': 'hl7v2 ‘Hospital stay’ 1989-08-18, ADAM A EVERYMAN 1988-08-18',
  'documents/hl7v2/ADT-A08-01.hl7': 'hl7v2 ‘Hospital stay’ 1989-08-18, ADAM A EVERYMAN 1988-08-18',
  'documents/hl7v2/ADT-A40-01.hl7': 'hl7v2 ‘Hospital stay’ 2019-04-23, Test A Test 2018-02-05',
  'documents/hl7v2/LAB-ORU-1.hl7':
    'hl7v2 ‘Test results: Hemogram and platelet count, automated’ 2014-10-06, DONALD D DUCK 1924-10-10',
  'documents/hl7v2/LRI_2.0-NG_CBC_Typ_Message.hl7':
    'hl7v2 ‘Test results: CBC W Auto Differential panel in Blood’ 2011-01-03, William A Jones 1961-06-15',
  'documents/hl7v2/MDM-T02-01.hl7':
    'hl7v2 ‘Document: TransthoracicEcho’ 2008-01-31, SAMPLE PROSOLV 1972-12-01',
  'documents/hl7v2/ORM-O01-01.hl7': 'hl7v2 ‘Order: CT Head’ 2021-10-20, ADAM A EVERYMAN 1988-08-18',
  'documents/hl7v2/ORU-R01-01.hl7':
    'hl7v2 ‘Test results: Bacteria identified in Stool by Culture’ 2002-02-15, Huckleberry Finn 1963-08-15',
  'documents/hl7v2/SIU-S12-01.hl7': 'hl7v2 ‘Appointment’ 2021-09-14, ADAM A EVERYMAN 1988-08-18',
  'documents/hl7v2/VXU-V04-01.hl7': 'hl7v2 ‘Vaccination’ 2021-08-18, ADAM A EVERYMAN 1988-08-18',
  'documents/pdf/clinical-note.pdf': 'pdf',
  'genome/annotation/MYC-region.gff3': 'gff',
  'genome/annotation/MYC.gtf': 'gff',
  'genome/annotation/basic3.bed': 'bed',
  'genome/annotation/chr17.seg': 'unknown-format',
  'genome/annotation/cytoBand.txt.gz': 'bed',
  'genome/annotation/fixedStep.bw': 'unknown-format',
  'genome/annotation/hg38.chrom.sizes': 'unknown-format',
  'genome/hg38/HG002_chr11.bam': 'bam',
  'genome/hg38/HG002_chr11.bam.bai': 'bam',
  'genome/na12878-chr22-tiny/na12878.bam.bai': 'bam',
  'genome/na12878-chr22-tiny/na12878.cram.crai': 'cram',
  'genome/na12878-chr22-tiny/q.fa.fai': 'fasta',
  'genome/na12878-chr22-tiny/q.vcf.gz.tbi': 'vcf',
  'genome/na12878-chr22-tiny/giab.vcf': 'vcf',
  'genome/na12878-chr22-tiny/na12878.bam': 'bam',
  'genome/na12878-chr22-tiny/na12878.cram': 'cram',
  'genome/na12878-chr22-tiny/q.fa': 'fasta',
  'genome/na12878-chr22-tiny/q.vcf.gz': 'vcf',
  'genome/raw-genotype/': 'genotype',
  'genome/raw-genotype/testvcf.vcf': 'vcf',
  'genome/vcf/': 'vcf',
  'genome/vcf/ion-panel.vcf.gz.tbi': 'vcf',
  'hostile/archive/bomb-300MB.dcm.gz': 'archive-bomb',
  'hostile/archive/bomb-flat-500MB.zip': 'archive-bomb',
  'hostile/archive/bomb-nested-3.zip': 'archive-bomb ×100',
  'hostile/archive/bomb-overlap-100GB.zip': 'archive-bomb',
  'hostile/archive/duplicate-names.zip': 'dicom; unknown-format ×2',
  'hostile/archive/encrypted-flag.zip': 'encrypted-archive',
  'hostile/archive/many-entries-20000.zip': 'ignored',
  'hostile/archive/names-hostile.zip': 'dicom; unknown-format',
  'hostile/archive/symlink-then-write.zip': 'text; unsafe-archive',
  'hostile/archive/traversal-absolute.zip': 'dicom; unsafe-archive',
  'hostile/archive/traversal-dotdot.zip': 'dicom; unsafe-archive',
  'hostile/archive/traversal.tar.gz': 'unknown-format',
  'hostile/archive/truncated.zip': 'damaged-archive',
  'hostile/dicom/': 'dicom',
  'hostile/dicom/bomb-deflated-200MB.dcm': 'too-large',
  'hostile/dicom/bomb-rle-65535x65535.dcm': 'too-large',
  'hostile/dicom/deep-sequence-20000.dcm': 'damaged-dicom',
  'hostile/dicom/deep-sequence-500.dcm': 'damaged-dicom',
  'hostile/dicom/empty.dcm': 'unknown-format',
  'hostile/dicom/encapsulated-html.dcm': 'dicom; hidden-content',
  'hostile/dicom/length-4gb-pixeldata.dcm': 'truncated-dicom',
  'hostile/dicom/meta-without-transfer-syntax.dcm': 'damaged-dicom',
  'hostile/dicom/no-preamble-no-meta.dcm': 'unknown-format',
  'hostile/dicom/only-preamble-and-dicm.dcm': 'truncated-dicom',
  'hostile/dicom/polyglot-html-preamble.dcm': 'dicom; hidden-content',
  'hostile/dicom/polyglot-mz-preamble.dcm': 'dicom; hidden-content',
  'hostile/dicom/polyglot-zip-appended.dcm': 'dicom; hidden-content',
  'hostile/dicom/truncated-half.dcm': 'truncated-dicom',
  'hostile/dicom/truncated-pixels.dcm': 'truncated-dicom',
  'hostile/dicom/ts-says-jpeg-but-raw.dcm': 'damaged-dicom',
  'hostile/dicom/uid-200-chars.dcm': 'damaged-dicom',
  'hostile/dicom/uid-path-traversal.dcm': 'damaged-dicom',
  'hostile/dicom/un-sequence.dcm': 'damaged-dicom',
  'hostile/dicomdir/traversal/DICOMDIR': 'ignored',
  'hostile/documents/cda-billion-laughs.xml': 'unsafe-document',
  'hostile/documents/cda-script-in-narrative.xml':
    'cda ‘Summary of Patient Chart’ 2014-10-15, Isabella Jones 1950-12-19; hidden-content',
  'hostile/documents/cda-xxe.xml': 'unsafe-document',
  'hostile/documents/fhir-deep.json': 'unsafe-document',
  'hostile/documents/fhir-proto.json': 'fhir ‘Personal data’ , <svg onload=document.title=1>; hidden-content',
  'hostile/documents/formula.csv': 'unknown-format',
  'hostile/documents/hl7-escape.hl7': 'hl7v2 ‘Test results’ 2024-01-01, <script>Jane Doe; hidden-content',
  'hostile/genome/bomb.vcf.gz': 'archive-bomb',
  'hostile/genome/html.vcf': 'vcf; hidden-content',
  'hostile/genome/igv-session.xml': 'unknown-format',
  'hostile/genome/raw-utf16.txt': 'unknown-format',
  'hostile/genome/remote-reference.cram': 'cram',
  'hostile/genome/truncated.bam': 'incomplete',
  'hostile/markup/desktop.ini': 'ignored',
  'hostile/markup/js-action.pdf': 'pdf; hidden-content',
  'hostile/markup/photo.jpg.html': 'ignored',
  'hostile/markup/report.pdf': 'unknown-format',
  'hostile/markup/scan.dcm': 'unknown-format',
  'hostile/markup/scan.svg': 'unknown-format',
};

/** The answer to a file, by its path in the test data. */
export function expectedAnswer(name: string): string | undefined {
  for (let known = name; ; known = known.slice(0, known.lastIndexOf('/', known.length - 2) + 1)) {
    const answer = ANSWERS[known];
    if (answer !== undefined || known === '') return answer;
  }
}

export { CT_IMAGE_STORAGE, dicomFile, uidOf, type DicomElement } from './dicom-file.js';
export { syntheticCtStudy, type CtStudyOptions } from './ct-study.js';
export { syntheticGenome } from './genome.js';
export { syntheticReportPdf } from './report.js';
export type { SampleFile } from './sample-file.js';

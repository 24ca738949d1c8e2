export { memorySource, type ByteSource } from './byte-source.js';
export { checkInstanceFacts, type DicomAnswer, type DicomFlag, type InstanceFacts } from './dicom-answer.js';
export { readDirectoryKeys, type DirectoryKeys } from './directory/directory-keys.js';
export { writeDicomDir, type DirectoryInstance, type DirectoryStudy } from './directory/dicomdir.js';
export { readDicom } from './header-reader.js';
export { contradicts, plainDate, plainPersonName, sameName, type PersonFacts } from './person-name.js';
export { cleanText } from './text.js';
export { studyTitle } from './titles.js';
export { isUid } from './uid.js';

export { memorySource, type ByteSource } from './byte-source.js';
export { checkInstanceFacts, type DicomAnswer, type DicomFlag, type InstanceFacts } from './dicom-answer.js';
export { readDirectoryKeys, type DirectoryKeys } from './directory/directory-keys.js';
export { writeDicomDir, type DirectoryInstance, type DirectoryStudy } from './directory/dicomdir.js';
export { dataSetStart, readDicom } from './header-reader.js';
export { contradicts, plainDate, plainPersonName, sameName, type PersonFacts } from './person-name.js';
export {
  DERIVED_ATTRIBUTES,
  INDEXED_ATTRIBUTES,
  KNOWN_ATTRIBUTES,
  type DicomAttributes,
  type IndexedAttribute,
  type QueryLevel,
} from './query/attributes.js';
export {
  IDENTIFIER_SYNTAXES,
  readIdentifier,
  writeMatch,
  type IdentifierLevel,
  type QueryIdentifier,
} from './query/identifier.js';
export { matches, type MatchingKey } from './query/matches.js';
export {
  jsonElement,
  jsonOf,
  type JsonDataSet,
  type JsonElement,
  type JsonValue,
} from './json/json-model.js';
export { readDataSet, type DataSetAnswer, type PixelFacts } from './json/read-data-set.js';
export type { ValuePlace } from './json/data-set-reader.js';
export { tagOfKeyword, vrOfTag } from './dictionary.js';
export { cleanText } from './text.js';
export { studyTitle } from './titles.js';
export { isUid } from './uid.js';
export { endsAsZip } from './polyglot.js';

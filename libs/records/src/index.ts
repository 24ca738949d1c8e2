export {
  FORMATS,
  RecordItem,
  type Format,
  type ItemKind,
  type ItemState,
  type StudyFacts,
} from './record-item.entity.js';
export { RecordFile } from './record-file.entity.js';

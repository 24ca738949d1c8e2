export {
  FORMATS,
  RecordItem,
  UNDECIDED_RESULT_DAYS,
  type AboutDocument,
  type Format,
  type ItemKind,
  type ItemOrigin,
  type ItemState,
  type StudyFacts,
} from './record-item.entity.js';
export { Deposit } from './deposit.entity.js';
export { RecordFile } from './record-file.entity.js';
export {
  ImageIndex,
  type ImageKind,
  type ImageMatch,
  type ImageScope,
  type ImageSearch,
  type KeptInstance,
} from './image-index.js';
export { ItemAssembler } from './item-assembler.js';
export {
  INDEX_KINDS,
  type Addition,
  type AdditionResult,
  type FileOutcome,
  type IndexKind,
  type NewFile,
} from './new-file.js';
export { Originals } from './originals.js';
export type { Integrity, ItemDetail, ItemView, SeriesView } from './record-view.js';
export { storedDataSet } from './stored-data-set.js';
export { Scrub } from './scrub.service.js';
export { RecordsModule } from './records.module.js';
export { RecordsService, type ItemWithFiles } from './records.service.js';

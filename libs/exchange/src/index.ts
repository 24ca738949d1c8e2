export { Import, type ImportNote, type ImportState } from './import.entity.js';
export { isAeTitle } from './dicom-door/ae-title.js';
export { DicomDoor } from './dicom-door/dicom-door.js';
export { DicomInbox } from './dicom-door/dicom-inbox.service.js';
export { DicomNode } from './dicom-door/dicom-node.entity.js';
export { DicomNodes, type DicomNodeDraft } from './dicom-door/dicom-nodes.service.js';
export { ReadingAddress } from './dicom-door/reading-address.entity.js';
export {
  LONGEST_READING_DAYS,
  ReadingAddresses,
  readingAddressState,
  type ReadingAddressDraft,
  type ReadingAddressState,
} from './dicom-door/reading-addresses.service.js';
export { FtpsAccount } from './ftps-door/ftps-account.entity.js';
export { FtpsAccounts } from './ftps-door/ftps-accounts.service.js';
export { FtpsDoor } from './ftps-door/ftps-door.js';
export { InboxStudy, type InboxFacts } from './dicom-door/inbox-study.entity.js';
export { isAddressOrNetwork } from './dicom-door/peer-address.js';
export { DriveImports } from './drive-imports.js';
export { ExchangeModule } from './exchange.module.js';
export type { DepositView, ImportView } from './import-view.js';
export { ExportLocks } from './export/export-locks.js';
export { cleanName, uniqueName } from './export/export-names.js';
export { ExportService, type Export } from './export/export.service.js';
export { InstanceReader, type Content, type Frames } from './dicomweb/instance-reader.js';
export { InstanceStore, type StoredInstance, type StoreOptions } from './dicomweb/instance-store.js';
export { ImportsService } from './imports.service.js';
export type { PictureType } from './pictures/encode.js';
export { RenderedPictures, type Rendering } from './pictures/rendered-pictures.js';
export { ThumbnailService } from './pictures/thumbnail.service.js';
export { Losses, type Loss } from './losses.js';
export { ViewerResults, type FromViewer, type LeftInViewer } from './viewer-results.js';
export { UploadServer, UPLOADS_PATH } from './uploads/upload-server.js';

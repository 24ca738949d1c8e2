export { Import, type ImportNote, type ImportState } from './import.entity.js';
export { ExchangeModule } from './exchange.module.js';
export type { DepositView, ImportView } from './import-view.js';
export { ExportLocks } from './export/export-locks.js';
export { ExportService, type Export } from './export/export.service.js';
export { ImportsService } from './imports.service.js';
export { ThumbnailService } from './thumbnail.service.js';
export { UploadServer, UPLOADS_PATH } from './uploads/upload-server.js';

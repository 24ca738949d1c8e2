export { etagOf, tokensOf, type Conditions } from './conditions.js';
export { DriveLock } from './drive-lock.entity.js';
export { DriveNode } from './drive-node.entity.js';
export { DriveNotes, type Known, type LockWish, type PlacedLock } from './drive-notes.service.js';
export { DriveProperty } from './drive-property.entity.js';
export { DriveModule } from './drive.module.js';
export { DriveService, type Destination, type DriveRequest } from './drive.service.js';
export { isLitter } from './litter.js';
export { WaitingFiles, type WaitingFile } from './waiting-files.js';

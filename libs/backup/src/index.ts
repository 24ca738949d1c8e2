export { backUp, type BackupOrder, type BackupReport } from './back-up.js';
export { BackupFailed } from './backup-failed.js';
export { findBackup, type FoundBackup } from './backup-folder.js';
export { backupCommand, restoreCommand } from './commands.js';
export { checkBackup, restoreBackup, type CheckReport } from './restore.js';

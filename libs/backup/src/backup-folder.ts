import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupFailed, codeOf } from './backup-failed.js';
import { parseManifest, type Manifest } from './manifest.js';

export const MANIFEST = 'manifest.json';
export const DATABASE = 'database.sealed';
export const LIST = 'files.sealed';
export const BLOBS = 'blobs';

/** Of the time of a backup and a part of its id. Names sort by time. */
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[0-9a-f]{8}$/;
/** One that is being made, or was broken off. */
export const PART_NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[0-9a-f]{8}\.part$/;

export const nameOf = (takenAt: string, backupId: string): string =>
  `${takenAt.slice(0, 19).replaceAll(':', '-')}Z-${backupId.slice(0, 8)}`;

/** A backup that is whole as far as its folder tells. */
export interface FoundBackup {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The names of the backups of a target, the newest first. */
export async function backupsOf(target: string): Promise<string[]> {
  try {
    return (await readdir(target))
      .filter((name) => NAME.test(name))
      .sort()
      .reverse();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A backup itself, or the newest of a folder of backups. Throws `BackupFailed`. */
export async function findBackup(source: string): Promise<FoundBackup> {
  const path = resolve(source);
  if (NAME.test(basename(path))) return readBackup(path);
  const [newest] = await backupsOf(path);
  if (newest === undefined) throw new BackupFailed(`There is no backup in ${path}.`);
  return readBackup(join(path, newest));
}

async function readBackup(folder: string): Promise<FoundBackup> {
  const path = join(folder, MANIFEST);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new BackupFailed(`${path} cannot be read (${codeOf(error) ?? 'unknown'}).`, { cause: error });
  });
  return { folder, manifest: parseManifest(text, path) };
}

/** Where the stored files of a backup lie, which it shares with its neighbours. */
export const blobsBeside = (folder: string): string => join(dirname(folder), BLOBS);

import type { DriveFile } from '@vitrine/drive';
import { cleanName, uniqueName } from './export-names.js';

/** The folder of an export with the files of the network drive that are no part of the record. */
export const DRIVE_FOLDER = 'DRIVE';
const INDEX = 'index.fhir.json';

/** Gives files of a drive names that any system can make files of, folder by folder. */
export function placesOfDriveFiles(files: readonly DriveFile[]): ReadonlyMap<DriveFile, readonly string[]> {
  const used = new Map<string, Set<string>>();
  const folders = new Map<string, readonly string[]>([['', [DRIVE_FOLDER]]]);
  const nameIn = (folder: readonly string[], name: string): string => {
    const key = folder.join('/');
    const names = used.get(key) ?? new Set();
    used.set(key, names);
    return uniqueName(cleanName(name), names);
  };
  const folderOf = (path: readonly string[]): readonly string[] => {
    // No name in a drive has a slash.
    const key = path.join('/');
    const known = folders.get(key);
    if (known !== undefined) return known;
    const above = folderOf(path.slice(0, -1));
    const folder = [...above, nameIn(above, path.at(-1) ?? '')];
    folders.set(key, folder);
    return folder;
  };
  return new Map(
    files.map((file) => {
      const folder = folderOf(file.path.slice(0, -1));
      return [file, [...folder, nameIn(folder, file.path.at(-1) ?? '')]];
    }),
  );
}

/**
 * Where a file comes back to that was in the drive when it was exported, by the names of all files that come together:
 * beside the index of an export there is the folder with the drive. Undefined for all others.
 */
export function drivePaths(
  untrustedNames: readonly string[],
): (untrustedName: string) => readonly string[] | undefined {
  const exports = untrustedNames
    .filter((name) => name === INDEX || name.endsWith(`/${INDEX}`))
    .map((name) => `${name.slice(0, -INDEX.length)}${DRIVE_FOLDER}/`);
  return (untrustedName) => {
    const folder = exports.find((one) => untrustedName.startsWith(one));
    if (folder === undefined) return undefined;
    const path = untrustedName.slice(folder.length).normalize('NFC').split('/');
    return path.every((name) => name !== '' && name !== '.' && name !== '..') ? path : undefined;
  };
}

import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isId, newId } from './ids.js';

/**
 * The id of the installation in this data root, made at first use. Keys are bound to it, so it is on the disk before
 * anybody hears of it: with another one after a power cut nothing could be opened any more.
 */
export function installationIdOf(dataDir: string): string {
  const file = join(dataDir, 'installation');
  if (!existsSync(file)) make(dataDir, file);
  const id = readFileSync(file, 'utf8').trim();
  // It becomes part of paths, and who can write the data folder is not always who reads this.
  if (!isId(id)) throw new Error(`${file} does not hold the id of an installation.`);
  return id;
}

/** Appears whole or not at all; of two processes that start at once one is first, and both take what that one made. */
function make(dataDir: string, file: string): void {
  const draft = `${file}.${newId()}`;
  write(draft, `${newId()}\n`);
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  const folder = openSync(dataDir, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function write(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

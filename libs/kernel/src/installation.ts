import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isId, newId } from './ids.js';
import { makeFile } from './make-file.js';

/**
 * The id of the installation in this data root, made at first use. Keys are bound to it, so it is on the disk before
 * anybody hears of it: with another one after a power cut nothing could be opened any more. Of two processes that start
 * at once both take what the first one made.
 */
export function installationIdOf(dataDir: string): string {
  const file = join(dataDir, 'installation');
  makeFile(file, `${newId()}\n`);
  const id = readFileSync(file, 'utf8').trim();
  // It becomes part of paths, and who can write the data folder is not always who reads this.
  if (!isId(id)) throw new Error(`${file} does not hold the id of an installation.`);
  return id;
}

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of the nearest package.json above: there is one, whether this runs from the sources or built. */
export const productVersion = (): string =>
  (JSON.parse(readFileSync(join(productFolder(), 'package.json'), 'utf8')) as { version: string }).version;

/** Where the product lies on this machine. */
export function productFolder(folder = import.meta.dirname): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (dirname(folder) === folder) throw new Error('There is no package.json above.');
  return productFolder(dirname(folder));
}

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of the nearest package.json above: there is one, whether this runs from the sources or built. */
export function productVersion(folder = import.meta.dirname): string {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch (error) {
    if (dirname(folder) === folder) throw error;
    return productVersion(dirname(folder));
  }
}

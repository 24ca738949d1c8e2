import { realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

/** Is it the folder itself, or does it lie in it, also by way of links? Neither has to exist yet. */
export const isWithin = (path: string, folder: string): boolean =>
  `${realPath(path)}${sep}`.startsWith(`${realPath(folder)}${sep}`);

/** Without links, as far as the path exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

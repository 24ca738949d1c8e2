import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Moves a built program over an older one. At any moment each of the `entries` is there, and so is what it imports: what
 * runs may die now and is started again. Files that the new one does not have go last. Both folders are flat and on one
 * file system.
 */
export function replaceFiles(made, target, entries) {
  mkdirSync(target, { recursive: true });
  const names = readdirSync(made);
  const parts = names.filter((name) => !entries.includes(name));
  for (const name of [...parts, ...names.filter((one) => entries.includes(one))])
    renameSync(join(made, name), join(target, name));
  for (const name of readdirSync(target))
    if (!names.includes(name)) rmSync(join(target, name), { recursive: true });
}

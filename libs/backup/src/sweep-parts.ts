import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 24 * 60 * 60_000;

/** Removes what backups left that were broken off. What was touched within a day may belong to one that still runs. */
export async function sweepParts(folder: string, form: RegExp, now = Date.now()): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!form.test(name)) continue;
    const path = join(folder, name);
    // Another backup may remove its own meanwhile.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true });
  }
}

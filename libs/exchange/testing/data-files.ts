import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const folder = process.env['VITRINE_TEST_DATA'] ?? resolve(import.meta.dirname, '../../../../shared/data');

/** The folder of real and hostile files; undefined, with the reason printed, where it is absent. */
export function testData(): string | undefined {
  if (existsSync(join(folder, 'hostile'))) return folder;
  process.stderr.write(`Tests with real files are skipped: there is no ${folder} (set VITRINE_TEST_DATA).\n`);
  return undefined;
}

/** All files below a folder, by their path in it. */
export function filesBelow(root: string, from = root): string[] {
  return readdirSync(from)
    .sort()
    .flatMap((name) => {
      const path = join(from, name);
      return statSync(path).isDirectory() ? filesBelow(root, path) : [relative(root, path)];
    });
}

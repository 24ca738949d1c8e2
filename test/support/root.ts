import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Real and hostile sample files; undefined, and said so, where they are not at hand. */
export function testData(): string | undefined {
  const folder = process.env['VITRINE_TEST_DATA'] ?? join(ROOT, '../shared/data');
  if (existsSync(folder)) return folder;
  process.stdout.write(`Skipped: the sample files are not at ${folder} (set VITRINE_TEST_DATA).\n`);
  return undefined;
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Real and hostile sample files; undefined, and said so, where they are not at hand. */
export function testData(): string | undefined {
  const folder = process.env['VITRINE_TEST_DATA'] ?? join(import.meta.dirname, '../../../../shared/data');
  if (existsSync(folder)) return folder;
  process.stdout.write(`Skipped: the sample files are not at ${folder} (set VITRINE_TEST_DATA).\n`);
  return undefined;
}

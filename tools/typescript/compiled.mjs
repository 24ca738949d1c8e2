/** What TypeScript compiles to, kept below node_modules by everything that it depends on. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KEPT = join(ROOT, 'node_modules/.cache/vitrine-typescript');
const require = createRequire(import.meta.url);
const basis = [readFileSync(join(ROOT, '.swcrc')), readFileSync(require.resolve('@swc/core/package.json'))];

/** The module that `source`, the text of the file at `path`, compiles to. */
export function compiled(path, source) {
  const hash = createHash('sha256');
  for (const part of [...basis, path, '\0', source]) hash.update(part);
  const file = join(KEPT, `${hash.digest('hex')}.js`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const { code } = require('@swc/core').transformSync(source, { filename: path, root: ROOT, cwd: ROOT });
    keep(file, code);
    return code;
  }
}

/** Whoever may not write here, or not so much, compiles each time. */
function keep(file, code) {
  const begun = `${file}.${process.pid}.${process.hrtime.bigint()}`;
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(begun, code);
    renameSync(begun, file);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EFBIG'].includes(error.code)) throw error;
    rmSync(begun, { force: true });
  }
}

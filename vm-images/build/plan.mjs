import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from './process.mjs';

/**
 * Which images to make, parents first: `{name, reference, parents}`, where parents are the references in FROM.
 * Without names: every folder that has a Dockerfile.
 */
export async function planImages(folder, version, names) {
  const all = (await readdir(folder)).filter((name) => existsSync(join(folder, name, 'Dockerfile'))).sort();
  const wanted = names.length ? names : all;
  const reference = (name) => `vitrine/${name}:${version}`;
  const planned = new Map();
  for (const name of wanted) await plan(name);
  return [...planned.values()];

  async function plan(name) {
    if (planned.has(name)) return;
    if (!all.includes(name))
      throw new BuildError(`There is no image "${name}"; there are: ${all.join(', ')}.`);
    const parents = parentsOf(await readFile(join(folder, name, 'Dockerfile'), 'utf8'), version);
    for (const parent of parents) {
      const own = all.find((other) => reference(other) === parent);
      if (own) await plan(own);
    }
    planned.set(name, { name, reference: reference(name), parents });
  }
}

function parentsOf(dockerfile, version) {
  const stages = new Set();
  const parents = new Set();
  for (const [, from, stage] of dockerfile.matchAll(/^FROM\s+(\S+)(?:\s+AS\s+(\S+))?/gim)) {
    const parent = from.replaceAll(/\$\{?VERSION\}?/g, version);
    if (!stages.has(parent)) parents.add(parent);
    if (stage) stages.add(stage);
  }
  return [...parents];
}

/** One digest over names, modes and contents of a folder, and over what else decides the result. */
export async function hashFolder(folder, extra) {
  const hash = createHash('sha256').update(extra.join('\n'));
  const entries = await readdir(folder, { recursive: true });
  for (const name of entries.sort()) {
    const path = join(folder, name);
    const stat = await lstat(path);
    if (!stat.isFile() || name.endsWith('.md')) continue; // Words do not change an image.
    // Only the executable bit: the rest depends on the umask of whoever checked the files out.
    hash.update(`\n${name}\n${stat.mode & 0o100}\n${stat.size}\n`).update(await readFile(path));
  }
  return hash.digest('hex');
}

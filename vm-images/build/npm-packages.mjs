import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError, run } from './process.mjs';

/**
 * Puts the packages that an image's `npm-packages.json` names into its build context, checked against the SHA-512 that
 * is written there. The image then needs neither Node nor a network of its own.
 */
export async function fetchNpmPackages(context, onStep) {
  const list = join(context, 'npm-packages.json');
  if (!existsSync(list)) return;
  for (const { name, version, integrity, file } of JSON.parse(await readFile(list, 'utf8'))) {
    onStep(`fetching ${name}@${version}`);
    const flags = ['pack', `${name}@${version}`, '--json', '--ignore-scripts', '--pack-destination', context];
    const answer = await run('npm', flags);
    if (answer.code !== 0) {
      throw new BuildError(
        `The package ${name}@${version} could not be fetched from the npm registry.`,
        answer.tail,
      );
    }
    const packed = join(context, JSON.parse(answer.stdout)[0].filename);
    const digest = `sha512-${createHash('sha512')
      .update(await readFile(packed))
      .digest('base64')}`;
    if (digest !== integrity) {
      await rm(packed);
      throw new BuildError(`The package ${name}@${version} is not the one that was pinned (${digest}).`);
    }
    await rename(packed, join(context, file));
  }
}

// Builds the viewer images: `node vm-images/build.mjs [--fresh] [names…]`. Plain Node, no dependencies, since it runs
// before anything is installed. Every image is an ordinary Dockerfile on Debian; see README.md for the contract.
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureDebian } from './build/debian.mjs';
import { findEngine } from './build/engine.mjs';
import { fetchNpmPackages } from './build/npm-packages.mjs';
import { hashFolder, planImages } from './build/plan.mjs';
import { BuildError } from './build/process.mjs';

export { BuildError, findEngine };

const FOLDER = dirname(fileURLToPath(import.meta.url));
const CONTRACT = '1';

/**
 * Makes the named images of a folder (default: all) and what they stand on, in order, and skips what is current.
 * Progress comes as `{image, state, message}`, state one of current | making | step | made.
 * Resolves to one `{name, reference, digest, made}` per image; throws a BuildError whose message is one sentence.
 */
export async function buildImages({
  folder = FOLDER,
  names = [],
  fresh = false,
  onProgress = () => {},
} = {}) {
  const version = await productVersion();
  const images = await planImages(folder, version, names);
  const engine = await findEngine();
  const present = await engine.inspect(images.flatMap((image) => [image.reference, ...image.parents]));
  const results = [];
  for (const image of images) {
    results.push(await buildOne(engine, image, { folder, version, fresh, present, onProgress }));
  }
  return results;
}

async function buildOne(engine, image, { folder, version, fresh, present, onProgress }) {
  const report = (state, message) => onProgress({ image: image.name, state, message });
  for (const parent of image.parents) {
    if (!present.has(parent)) present.set(parent, await ensureDebian(engine, parent, report));
  }
  const parents = image.parents.map((parent) => present.get(parent).Id);
  const source = await hashFolder(join(folder, image.name), [CONTRACT, ...parents]);
  const old = present.get(image.reference);
  if (!fresh && old?.Config?.Labels?.['org.vitrine.source'] === source) {
    report('current', 'is current');
    return { name: image.name, reference: image.reference, digest: old.Id, made: false };
  }
  const started = Date.now();
  report('making', 'is being made');
  const context = await mkdtemp(join(tmpdir(), 'vitrine-image-'));
  try {
    await cp(join(folder, image.name), context, { recursive: true });
    await fetchNpmPackages(context, (message) => report('step', message));
    await engine.build({
      context,
      reference: image.reference,
      labels: { 'org.vitrine.source': source, ...(await contractLabels(join(folder, image.name))) },
      args: { VERSION: version },
      noCache: fresh,
      onStep: (message) => report('step', message),
    });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
  const made = (await engine.inspect([image.reference])).get(image.reference);
  if (!made) throw new BuildError(`The image ${image.reference} was built but the engine does not have it.`);
  present.set(image.reference, made);
  report('made', `was made in ${Math.round((Date.now() - started) / 1000)} s`);
  return { name: image.name, reference: image.reference, digest: made.Id, made: true };
}

/** Labels by which the product knows an image without starting it. Only a viewer has a manifest. */
export async function contractLabels(folder) {
  const manifest = join(folder, 'viewer.yaml');
  // A child of a viewer image would inherit its manifest; an empty one says "not a viewer".
  return manifestLabels(existsSync(manifest) ? await readFile(manifest) : Buffer.alloc(0));
}

/** The labels of what has this manifest. */
export const manifestLabels = (manifest) => ({
  'org.vitrine.contract': CONTRACT,
  'org.vitrine.manifest': manifest.toString('base64'),
});

export async function productVersion() {
  return JSON.parse(await readFile(join(FOLDER, '..', 'package.json'), 'utf8')).version;
}

async function main(args) {
  const names = args.filter((arg) => !arg.startsWith('--'));
  // Whoever listens may stop listening (`| head`); the images are made all the same.
  process.stdout.on('error', () => {});
  const unknown = args.find((arg) => arg.startsWith('--') && arg !== '--fresh');
  if (unknown)
    throw new BuildError(`Unknown option ${unknown}; there is only --fresh, which rebuilds everything.`);
  await buildImages({
    names,
    fresh: args.includes('--fresh'),
    onProgress: ({ image, message }) => console.log(`${image}: ${message}`),
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error instanceof BuildError ? error.message : error);
    process.exitCode = 1;
  });
}

// Makes virtual machines and registers them: `node vm-images/machines.mjs [--into=<folder>] [--from=<folder>] [names…]`.
// A machine is made by a Dockerfile whose image holds it in /machine; see machines/README.md.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildImages, BuildError, contractLabels, findEngine, productVersion } from './build.mjs';
import { planImages } from './build/plan.mjs';

const CONTAINERS = dirname(fileURLToPath(import.meta.url));
/** The machines that come with Vitrine, and what they stand on. */
export const MACHINES = join(CONTAINERS, 'machines');
/** Where the product looks unless VITRINE_MACHINES says otherwise. */
const REGISTERED = '/var/lib/vitrine/machines';
const FILES = ['kernel', 'initrd', 'disk.qcow2'];

/**
 * Makes the named machines of a folder (default: all of ours), the image that they run in and what they stand on, and
 * registers them below `into`. Resolves to one `{name, digest}` per machine.
 */
export async function buildMachines({
  into = REGISTERED,
  from = MACHINES,
  names = [],
  onProgress = () => {},
} = {}) {
  const planned = await planImages(from, await productVersion(), names);
  const parents = planned.flatMap((image) => image.parents);
  await buildImages({ folder: MACHINES, names: ['qemu', ...namesIn(MACHINES, parents)], onProgress });
  const containers = namesIn(CONTAINERS, parents);
  if (containers.length > 0) await buildImages({ names: containers, onProgress });
  const images = await buildImages({ folder: from, names, onProgress });
  const machines = [];
  for (const { name, reference } of images) {
    if (!existsSync(join(from, name, 'machine.json'))) continue;
    const digest = await register(join(from, name), name, reference, into);
    onProgress({ image: name, state: 'registered', message: `is registered as ${digest}` });
    machines.push({ name, digest });
  }
  return machines;
}

/** Those of the references that are made here. */
const namesIn = (folder, references) =>
  references
    .map((reference) => /^vitrine\/([a-z0-9-]+):/.exec(reference)?.[1] ?? '')
    .filter((name) => existsSync(join(folder, name, 'Dockerfile')));

/** Whole or not at all, and under a name that only this content has: what was registered stays as it is. */
async function register(source, name, reference, into) {
  const draft = join(into, `.${randomBytes(8).toString('hex')}`);
  await mkdir(draft, { recursive: true, mode: 0o755 });
  try {
    await (await findEngine()).copyOut(reference, '/machine/.', draft);
    const description = await describe(source, name, draft);
    await writeFile(join(draft, 'machine.json'), description, { mode: 0o444 });
    const digest = createHash('sha256').update(description).digest('hex');
    await chmod(draft, 0o755);
    if (!existsSync(join(into, digest))) await rename(draft, join(into, digest));
    return `sha256:${digest}`;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function describe(source, name, folder) {
  const files = {};
  for (const file of (await readdir(folder)).sort()) {
    if (!FILES.includes(file))
      throw new BuildError(`A machine consists of ${FILES.join(', ')}, not of ${file}.`);
    await chmod(join(folder, file), 0o444);
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, file)), hash);
    files[file] = hash.digest('hex');
  }
  const { append } = JSON.parse(await readFile(join(source, 'machine.json'), 'utf8'));
  return `${JSON.stringify({ version: 1, name, append, files, labels: await contractLabels(source) }, null, 2)}\n`;
}

async function main(args) {
  const option = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const unknown = args.find((arg) => arg.startsWith('--') && !/^--(into|from)=./.test(arg));
  if (unknown)
    throw new BuildError(`Unknown option ${unknown}; there are --into=<folder> and --from=<folder>.`);
  await buildMachines({
    into: option('into') ?? process.env.VITRINE_MACHINES,
    from: option('from'),
    names: args.filter((arg) => !arg.startsWith('--')),
    onProgress: ({ image, message }) => console.log(`${image}: ${message}`),
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error instanceof BuildError ? error.message : error);
    process.exitCode = 1;
  });
}

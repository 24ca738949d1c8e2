// Makes virtual machines and registers them: `node vm-images/machines.mjs [--into=<folder>] [--from=<folder>] [names…]`.
// A machine is made by a Dockerfile whose image holds it in /machine; see machines/README.md. Or registers a disk that
// somebody else made: `node vm-images/machines.mjs register <disk.qcow2> --name=<name> --manifest=<viewer.yaml>`.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  buildImages,
  BuildError,
  contractLabels,
  findEngine,
  manifestLabels,
  productVersion,
} from './build.mjs';
import { checkDisk } from './build/disk.mjs';
import { planImages } from './build/plan.mjs';

const CONTAINERS = dirname(fileURLToPath(import.meta.url));
/** The machines that come with Vitrine, and what they stand on. */
export const MACHINES = join(CONTAINERS, 'machines');
/** Where the product looks unless VITRINE_MACHINES says otherwise. */
const REGISTERED = '/var/lib/vitrine/machines';
const FILES = ['kernel', 'initrd', 'disk.qcow2'];
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** What every guest without a network runs under. */
const SECCOMP = join(CONTAINERS, '..', 'libs', 'hypervisor', 'seccomp', 'viewer.json');

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
    const digest = await register(into, built(join(from, name), name, reference));
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

/**
 * Registers a disk that starts by itself, below `into`, after a look whether it consists of nothing but itself; what it
 * opens and needs, the manifest says. The disk is copied. Resolves to the machine's digest.
 */
export async function registerDisk({ disk, name, manifest, into = REGISTERED, onProgress = () => {} }) {
  if (!NAME.test(name ?? '')) throw new BuildError('A name is needed: --name=…, of a-z, 0-9 and -.');
  for (const path of [disk, manifest])
    if (!(await stat(path ?? '').catch(() => undefined))?.isFile())
      throw new BuildError(`There is no file ${path ?? '(--manifest=<viewer.yaml> is missing)'}.`);
  const [{ reference }] = (await buildImages({ folder: MACHINES, names: ['qemu'], onProgress })).slice(-1);
  const engine = await findEngine();
  const digest = await register(into, async (draft) => {
    await copyFile(disk, join(draft, 'disk.qcow2'));
    await chmod(join(draft, 'disk.qcow2'), 0o444);
    // The copy, since nobody can change that one meanwhile.
    await checkDisk(engine, reference, join(draft, 'disk.qcow2'), SECCOMP);
    return { name, labels: manifestLabels(await readFile(manifest)) };
  });
  onProgress({ image: name, state: 'registered', message: `is registered as ${digest}` });
  return digest;
}

/** As its image holds it. */
const built = (source, name, reference) => async (draft) => {
  await (await findEngine()).copyOut(reference, '/machine/.', draft);
  const { append } = JSON.parse(await readFile(join(source, 'machine.json'), 'utf8'));
  return { name, append, labels: await contractLabels(source) };
};

/**
 * Whole or not at all, and under a name that only this content has: what was registered stays as it is. `fill` puts the
 * files into a folder and says what the machine is.
 */
async function register(into, fill) {
  const draft = join(resolve(into), `.${randomBytes(8).toString('hex')}`);
  await mkdir(draft, { recursive: true, mode: 0o755 });
  try {
    const { labels, ...machine } = await fill(draft);
    const said = { version: 1, ...machine, files: await sumsOf(draft), labels };
    const description = `${JSON.stringify(said, null, 2)}\n`;
    await writeFile(join(draft, 'machine.json'), description, { mode: 0o444 });
    const digest = createHash('sha256').update(description).digest('hex');
    await chmod(draft, 0o755);
    if (!existsSync(join(into, digest))) await rename(draft, join(into, digest));
    return `sha256:${digest}`;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function sumsOf(folder) {
  const files = {};
  for (const file of (await readdir(folder)).sort()) {
    if (!FILES.includes(file))
      throw new BuildError(`A machine consists of ${FILES.join(', ')}, not of ${file}.`);
    await chmod(join(folder, file), 0o444);
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, file)), hash);
    files[file] = hash.digest('hex');
  }
  return files;
}

async function main(args) {
  const option = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const [order, ...words] = args.filter((arg) => !arg.startsWith('--'));
  const isDisk = order === 'register';
  const known = isDisk ? ['into', 'name', 'manifest'] : ['into', 'from'];
  const unknown = args.find(
    (arg) => arg.startsWith('--') && !known.some((name) => arg.startsWith(`--${name}=`)),
  );
  if (unknown) throw new BuildError(`Unknown option ${unknown}; there are --${known.join('=…, --')}=….`);
  const shared = {
    into: option('into') ?? process.env.VITRINE_MACHINES,
    onProgress: ({ image, message }) => console.log(`${image}: ${message}`),
  };
  if (isDisk && words.length !== 1) throw new BuildError('Which disk? machines register <disk.qcow2> …');
  await (isDisk
    ? registerDisk({ ...shared, disk: words[0], name: option('name'), manifest: option('manifest') })
    : buildMachines({
        ...shared,
        from: option('from'),
        names: order === undefined ? [] : [order, ...words],
      }));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error instanceof BuildError ? error.message : error);
    process.exitCode = 1;
  });
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Problem } from '@vitrine/kernel';
import type { GuestImage } from '../hypervisor-driver.js';

/** What a machine may consist of. */
const FILES = ['kernel', 'initrd', 'disk.qcow2'] as const;
type MachineFile = (typeof FILES)[number];
const DESCRIPTION = 'machine.json';
const REFERENCE = /^vm\/([a-z0-9][a-z0-9-]{0,63})$/;
const HASH = /^[0-9a-f]{64}$/;

/** A registered virtual machine. */
export interface Machine {
  readonly name: string;
  /** Holds its files and nothing else. */
  readonly folder: string;
  /**
   * What its kernel is told before the words of a guest. Undefined for a machine that starts from its own disk, whose
   * system knows nothing of us.
   */
  readonly append: string | undefined;
  /** SHA-256 of each file. */
  readonly files: ReadonlyMap<MachineFile, string>;
  readonly image: GuestImage;
}

/**
 * The folder of registered machines. Each lies in a folder that is called after the SHA-256 of its `machine.json`, which
 * in turn names the SHA-256 of every file: so the digest of a machine is the digest of all that it consists of, and a
 * newer one of the same name leaves the older as it is.
 */
export class MachineCatalogue {
  /** What was read of files that have not changed since. */
  private readonly verified = new Map<string, string>();

  constructor(private readonly folder: string) {}

  /** By `vm/<name>` (the newest of that name) or by digest; undefined when there is none. */
  async find(reference: string): Promise<Machine | undefined> {
    if (reference.startsWith('sha256:')) return this.read(reference.slice('sha256:'.length));
    const name = REFERENCE.exec(reference)?.[1];
    if (name === undefined) return undefined;
    return (await this.all())
      .filter((machine) => machine.name === name)
      .sort((a, b) => Number(b.image.createdAt) - Number(a.image.createdAt))[0];
  }

  async all(): Promise<Machine[]> {
    const names = await readdir(this.folder).catch(absent);
    const machines = await Promise.all((names ?? []).map((name) => this.read(name)));
    return machines.filter((machine) => machine !== undefined);
  }

  /**
   * Looks that every file is the one that was registered. Reads a file only when it changed since it was last read.
   * Throws `hypervisor.image-missing`.
   */
  async verify(machine: Machine, signal: AbortSignal): Promise<void> {
    for (const [name, expected] of machine.files) {
      const path = join(machine.folder, name);
      const before = await stampOf(path);
      if (this.verified.get(path) === `${before} ${expected}`) continue;
      const hash = createHash('sha256');
      await pipeline(createReadStream(path), hash, { signal });
      if (hash.digest('hex') !== expected || (await stampOf(path)) !== before)
        throw new Problem('hypervisor.image-missing', { logContext: { changed: path } });
      this.verified.set(path, `${before} ${expected}`);
    }
  }

  private async read(hash: string): Promise<Machine | undefined> {
    if (!HASH.test(hash)) return undefined;
    const folder = join(this.folder, hash);
    const text = await readFile(join(folder, DESCRIPTION), 'utf8').catch(absent);
    if (text === undefined || createHash('sha256').update(text).digest('hex') !== hash) return undefined;
    const description = parse(text);
    if (description === undefined) return undefined;
    const { name, append, labels, files } = description;
    const stats = await Promise.all([...files.keys()].map((file) => stat(join(folder, file)).catch(absent)));
    if (stats.includes(undefined)) return undefined;
    const { mtime } = await stat(join(folder, DESCRIPTION));
    const bytes = stats.reduce((sum, each) => sum + (each?.size ?? 0), 0);
    const image = { digest: `sha256:${hash}`, bytes, createdAt: mtime, labels };
    return { name, folder, append, files, image };
  }
}

type Description = Pick<Machine, 'name' | 'append' | 'files'> & Pick<GuestImage, 'labels'>;

/** Undefined for what is no description of a machine that this version can run. */
function parse(text: string): Description | undefined {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { version, name, append, labels, files } = (said ?? {}) as Record<string, unknown>;
  if (version !== 1 || typeof name !== 'string') return undefined;
  if (!isTexts(labels) || !isTexts(files) || !REFERENCE.test(`vm/${name}`)) return undefined;
  const known = FILES.filter((file) => HASH.test(files[file] ?? ''));
  if (known.length !== Object.keys(files).length) return undefined;
  const rest = { name, labels, files: new Map(known.map((file) => [file, files[file] ?? ''])) };
  if (append === undefined) return known.join() === 'disk.qcow2' ? { ...rest, append } : undefined;
  const isLinux = known.includes('kernel') && known.includes('initrd');
  return isLinux && typeof append === 'string' ? { ...rest, append } : undefined;
}

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((each) => typeof each === 'string');

/** Changes whenever a file is written to or replaced. */
async function stampOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
};

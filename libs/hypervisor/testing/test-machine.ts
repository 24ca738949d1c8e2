import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLogger, productVersion } from '@vitrine/kernel';

/** Jest runs at the top of the repository. */
const root = process.cwd();
const SOURCES = join(root, 'libs/hypervisor/testing/machines');

export const QEMU_IMAGE = `vitrine/qemu:${productVersion()}`;

/** A driver that is not to try KVM each time it is opened: the hang of a trial takes a quarter of a minute. */
export const WITHOUT_KVM = {
  qemuImage: QEMU_IMAGE,
  logger: createLogger('test', 'silent'),
  device: '/dev/no-kvm',
};

const machines = async (...words: string[]): Promise<string> =>
  (await promisify(execFile)('node', [join(root, 'vm-images/machines.mjs'), ...words])).stdout;

/** Builds a machine for tests and registers it in a folder; its digest. */
export async function buildTestMachine(
  into: string,
  name: 'test-machine' | 'picture-disk' = 'test-machine',
): Promise<string> {
  return registeredAs(name, await machines(`--into=${into}`, `--from=${SOURCES}`, name));
}

/** Builds the machine that comes with Vitrine and registers it in a folder; its digest. */
export const buildDocumentsMachine = async (into: string): Promise<string> =>
  registeredAs('documents', await machines(`--into=${into}`, 'documents'));

/** Registers a disk that starts by itself, as an operator does; its digest. */
export async function registerTestDisk(into: string): Promise<string> {
  const folder = await mkdtemp('/var/tmp/vitrine-disk-');
  try {
    const built = await buildTestMachine(folder, 'picture-disk');
    const disk = join(folder, built.slice('sha256:'.length), 'disk.qcow2');
    const manifest = join(SOURCES, 'picture-disk', 'viewer.yaml');
    const words = [disk, '--name=picture-disk', `--manifest=${manifest}`, `--into=${into}`];
    return registeredAs('picture-disk', await machines('register', ...words));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function registeredAs(name: string, said: string): string {
  const digest = new RegExp(`^${name}: is registered as (sha256:[0-9a-f]{64})$`, 'm').exec(said)?.[1];
  if (digest === undefined) throw new Error(`The machine for tests was not registered: ${said}`);
  return digest;
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { productVersion } from '@vitrine/kernel';

/** Jest runs at the top of the repository. */
const root = process.cwd();

export const QEMU_IMAGE = `vitrine/qemu:${productVersion()}`;

/** Builds the machine for tests and registers it in a folder; its digest. */
export async function buildTestMachine(into: string): Promise<string> {
  const { stdout } = await promisify(execFile)('node', [
    join(root, 'vm-images/machines.mjs'),
    `--into=${into}`,
    `--from=${join(root, 'libs/hypervisor/testing/machines')}`,
  ]);
  const digest = /^test-machine: is registered as (sha256:[0-9a-f]{64})$/m.exec(stdout)?.[1];
  if (digest === undefined) throw new Error(`The machine for tests was not registered: ${stdout}`);
  return digest;
}

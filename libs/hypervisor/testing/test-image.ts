import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Jest runs at the top of the repository. */
const FOLDER = join(process.cwd(), 'libs/hypervisor/testing/guest-image');

const TAG = 'vitrine/test-guest';

/** Builds the guest for tests; its digest. Throws a plain sentence when the engine or the base image is missing. */
export async function buildTestImage(): Promise<string> {
  await run('docker', ['image', 'inspect', 'vitrine/debian:bookworm']).catch((error: unknown) => {
    throw new Error('The base image vitrine/debian:bookworm is missing: run "npm run images" first.', {
      cause: error,
    });
  });
  await run('docker', ['build', '--quiet', '--tag', TAG, FOLDER], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
  const { stdout } = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', TAG]);
  return stdout.trim();
}

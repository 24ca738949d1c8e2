import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Jest runs at the top of the repository. */
const FOLDER = join(process.cwd(), 'libs/hypervisor/testing/guest-image');

const TAG = 'vitrine/test-guest';

/** The guest for tests as a viewer image that does `act`, called `reference`; `manifest` in JSON. Whoever makes it removes it. */
export async function tagTestViewer(reference: string, act: string, manifest: object): Promise<void> {
  const label = Buffer.from(JSON.stringify(manifest)).toString('base64');
  const lines = [
    `FROM ${await buildTestImage()}`,
    `LABEL org.vitrine.contract=1 org.vitrine.manifest=${label}`,
    `CMD ${JSON.stringify([act])}`,
  ];
  const build = run('docker', ['build', '--quiet', '--tag', reference, '-'], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
  build.child.stdin?.end(lines.join('\n'));
  await build;
}

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

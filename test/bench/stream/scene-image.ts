import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { productVersion } from '@vitrine/kernel';
import { ROOT } from '../../support/root.js';

const FOLDER = join(ROOT, 'test/bench/stream/scene');

/** Of the engine, which is shared: each run has its own. */
export const SCENE = { id: 'bench-scene', reference: `vitrine-test/bench-scene:${process.pid}` };

/** Makes the viewer image that paints the scene. */
export async function buildScene(): Promise<void> {
  const manifest = await readFile(join(FOLDER, 'viewer.yaml'), 'base64');
  const labels = ['org.vitrine.contract=1', `org.vitrine.manifest=${manifest}`];
  await promisify(execFile)(
    'docker',
    [
      'build',
      '--quiet',
      ...['--tag', SCENE.reference],
      ...['--build-arg', `VERSION=${productVersion()}`],
      ...labels.flatMap((label) => ['--label', label]),
      FOLDER,
    ],
    { env: { ...process.env, DOCKER_BUILDKIT: '0' } },
  );
}

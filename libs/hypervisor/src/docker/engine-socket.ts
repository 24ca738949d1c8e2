import { statSync } from 'node:fs';
import { Problem } from '@vitrine/kernel';

/** Where engines listen when nobody says otherwise: Docker, rootful Podman, rootless Podman. */
const usualPlaces = (env: NodeJS.ProcessEnv): readonly string[] => [
  '/var/run/docker.sock',
  '/run/podman/podman.sock',
  ...(env['XDG_RUNTIME_DIR'] ? [`${env['XDG_RUNTIME_DIR']}/podman/podman.sock`] : []),
];

/**
 * The socket of the engine: what the operator set, else `DOCKER_HOST`, else the first of the usual places that exists.
 * An engine elsewhere cannot mount this machine's folders, so only Unix sockets count.
 */
export function findEngineSocket(
  configured: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  exists: (path: string) => boolean = isSocket,
): string {
  const stated = configured ?? env['DOCKER_HOST'];
  if (stated) {
    if (stated.startsWith('unix://')) return stated.slice('unix://'.length);
    if (stated.startsWith('/')) return stated;
    throw new Problem('hypervisor.unreachable', {
      logContext: { reason: 'the engine must be reached by a Unix socket on this machine' },
    });
  }
  const found = usualPlaces(env).find(exists);
  if (found !== undefined) return found;
  throw new Problem('hypervisor.unreachable', { logContext: { reason: 'no engine socket found' } });
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

import { spawnSync } from 'node:child_process';

const LIMIT_MS = 60_000;

/**
 * Runs a module of JavaScript, which may import our sources by absolute path, in a process that can make files but write
 * nothing into them: every write fails with EFBIG, as on a disk that has just become full. Returns what it printed.
 */
export function runWithoutRoom(module: string): string {
  const node = ['--import', '#typescript', '--input-type=module', '--eval', module];
  const { stdout, stderr, status } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, ...node],
    { encoding: 'utf8', timeout: LIMIT_MS, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (status !== 0) throw new Error(`It ended with ${String(status)}:\n${stderr}`);
  return stdout.trim();
}

import { execFileSync } from 'node:child_process';
import type { Isolation } from '../src/hypervisor-driver.js';

/** Those that an engine of containers builds by itself. */
export type ContainerIsolation = Exclude<Isolation, 'vm'>;

/** The runtime for strong walls that is tested, as the engine calls it. */
export const STRONG_RUNTIME = process.env['VITRINE_STRONG_RUNTIME'] || 'runsc';

/**
 * The walls that the engine of this machine can build around containers, for tests that are the same for each of them.
 * Says which are left out and why; where everything has to be tested (CI), nothing may be.
 */
export function engineIsolations(): readonly ContainerIsolation[] {
  const runtimes = execFileSync('docker', ['info', '--format', '{{json .Runtimes}}'], { encoding: 'utf8' });
  if (runtimes.includes(`"${STRONG_RUNTIME}"`)) return ['standard', 'strong'];
  const reason = `the engine has no runtime "${STRONG_RUNTIME}" (docs/operating/isolation.md)`;
  if (process.env['CI']) throw new Error(`Strong walls have to be tested here, but ${reason}.`);
  process.stdout.write(`Skipped: strong walls are not tested, since ${reason}.\n`);
  return ['standard'];
}

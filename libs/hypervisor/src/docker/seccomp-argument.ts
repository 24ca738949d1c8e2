import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import type { GuestSpec } from '../hypervisor-driver.js';
import { seccompProfile } from '../seccomp/profile.js';
import type { Engine } from './engine.js';

/** Our profile as the engine wants it: Docker takes its text, Podman's service the path of a file on this machine. */
export class SeccompArgument {
  private readonly made = new Map<string, string>();

  constructor(
    private readonly engine: Engine,
    private readonly runDir: string,
  ) {}

  async of({ network, isolation = 'standard' }: GuestSpec, signal: AbortSignal): Promise<string> {
    const flavour = await this.engine.flavour(signal);
    const name = `${network}-${isolation}`;
    const known = this.made.get(name);
    if (known !== undefined) return known;
    const text = JSON.stringify(seccompProfile(network, isolation));
    const argument = flavour === 'podman' ? await this.write(name, text) : text;
    this.made.set(name, argument);
    return argument;
  }

  private async write(name: string, text: string): Promise<string> {
    const path = join(this.runDir, `seccomp-${name}.json`);
    const draft = `${path}.${newId()}`;
    await mkdir(this.runDir, { recursive: true });
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, path);
    return path;
  }
}

import type { HypervisorDriver } from '@vitrine/hypervisor';
import type { LeastWalls } from '@vitrine/kernel';
import type { ViewerBuild } from '../src/image-contract.js';
import type { BoundImage } from '../src/local/session-places.js';
import { SignedImageRegister } from '../src/local/image-register.js';

/** Starts whatever image the engine holds, with small limits: images of a made-up engine say nothing of themselves. */
export class OpenRegister extends SignedImageRegister {
  constructor(driver: HypervisorDriver, guacd: string, least: LeastWalls = 'standard') {
    super(driver, { viewers: [], guacd, toolbox: 'vitrine/toolbox:1' }, Buffer.alloc(32), least);
  }

  override viewer({ imageDigest, isolation, results }: BoundImage): Promise<ViewerBuild> {
    const resources = { cpus: 1, memoryMiB: 256, pids: 64, scratchMiB: 16 };
    return Promise.resolve({ imageDigest, network: 'none', resources, isolation, results: results === true });
  }
}

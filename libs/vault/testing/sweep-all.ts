import type { VaultService } from '../src/vault.service.js';

const WITHIN_MS = 60_000;

/** What the start of an installation and the time after it remove. Only while nothing is written. */
export const sweepAll = async (vault: VaultService): Promise<number> =>
  (await vault.sweepUnfinished()) + (await vault.sweepUnnamed(AbortSignal.timeout(WITHIN_MS)));

import type { CollectBounds, CollectRule } from '@vitrine/hypervisor';

const MIB = 1024 * 1024;

/** What a viewer may leave behind, in memory until the session is over. It counts with the session (ADR 0013). */
export const RESULTS = { sizeMiB: 32, inodes: 64, files: 20 } as const;

/**
 * Plain names of the kinds that a record holds. What a file is, its content says later; the name only keeps out what
 * nobody would have to look at: programs, tables with formulas, hidden files, folders.
 */
export const RESULT_RULES: readonly CollectRule[] = [
  {
    name: /[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,99}\.(?:pdf|png|jpe?g|tiff?|dcm|txt)/i,
    maximumBytes: RESULTS.sizeMiB * MIB,
  },
];

export const RESULT_BOUNDS: CollectBounds = { files: RESULTS.files, bytes: RESULTS.sizeMiB * MIB };

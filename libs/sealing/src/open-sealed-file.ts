import { open, unlink } from 'node:fs/promises';
import { plainSize, segmentsOf } from './format.js';
import type { SealingPool } from './sealing-pool.js';
import type { SealingTerms } from './segment.js';

/** A file is opened in parts of this many segments (16 MiB), so that all threads work on a large one. */
const PART_SEGMENTS = 256;

export interface SealedFileCopy {
  readonly source: string;
  /** Made, for everybody to read; after a failure there is none. */
  readonly target: string;
  readonly terms: SealingTerms;
  /** Of the source. */
  readonly sealedBytes: number;
}

/** Writes the plain bytes of a sealed file into a new one, by all threads. Throws what the pool does. */
export async function openSealedFile(
  pool: SealingPool,
  { source, target: path, terms, sealedBytes }: SealedFileCopy,
  signal: AbortSignal,
): Promise<void> {
  const segments = segmentsOf(plainSize(sealedBytes) ?? 0);
  const job = { kind: 'open', source, target: path, terms } as const;
  if (segments <= PART_SEGMENTS) {
    await pool.run({ ...job, create: true, from: 0, to: segments }, signal);
    return;
  }
  const target = await open(path, 'wx');
  try {
    await target.chmod(0o444);
    const parts: Promise<unknown>[] = [];
    for (let from = 0; from < segments; from += PART_SEGMENTS)
      parts.push(
        pool.run({ ...job, create: false, from, to: Math.min(from + PART_SEGMENTS, segments) }, signal),
      );
    // All of them, or one could still be writing after the caller was told.
    const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected');
    if (failed) throw failed.reason;
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await target.close();
  }
}

import { open, unlink } from 'node:fs/promises';
import { plainSize, segmentsOf } from './format.js';
import type { OpenPiece } from './jobs.js';
import type { SealingPool } from './sealing-pool.js';
import type { SealingTerms } from './segment.js';

/**
 * So many segments (4 MiB) are one job: small files together, since going to a thread and back takes as long as opening one
 * of them, and parts of a large one, so that all threads work on it.
 */
const JOB_SEGMENTS = 64;
/** For each thread: one that has done its job finds the next already there. */
const JOBS_AT_ONCE = 2;

export interface SealedFileCopy {
  readonly source: string;
  /** Made, for everybody to read; after a failure there is none. */
  readonly target: string;
  readonly terms: SealingTerms;
  /** Of the source; one of another size is broken. */
  readonly sealedBytes: number;
}

/**
 * Writes the plain bytes of sealed files into new ones, by all threads, in the order given. Throws what the pool does;
 * then no thread writes any more, and the files that were written whole stay.
 */
export async function openSealedFiles(
  pool: SealingPool,
  copies: Iterable<SealedFileCopy>,
  signal: AbortSignal,
): Promise<void> {
  await byAllThreads(pool, inGroups(copies), (group) => openGroup(pool, group, signal));
}

/** Files that are one job together, or a larger one by itself. */
function* inGroups(copies: Iterable<SealedFileCopy>): Generator<readonly OpenPiece[], void, undefined> {
  let group: OpenPiece[] = [];
  let segments = 0;
  for (const copy of copies) {
    const piece = wholeOf(copy);
    if (group.length > 0 && segments + piece.to > JOB_SEGMENTS) {
      yield group;
      [group, segments] = [[], 0];
    }
    group.push(piece);
    segments += piece.to;
  }
  if (group.length > 0) yield group;
}

const wholeOf = (copy: SealedFileCopy): OpenPiece => ({
  ...copy,
  create: true,
  from: 0,
  to: segmentsOf(plainSize(copy.sealedBytes) ?? 0),
});

async function openGroup(pool: SealingPool, group: readonly OpenPiece[], signal: AbortSignal): Promise<void> {
  const [first] = group;
  if (first !== undefined && first.to > JOB_SEGMENTS) await openInParts(pool, first, signal);
  else await pool.run({ kind: 'open', pieces: group }, signal);
}

async function openInParts(pool: SealingPool, whole: OpenPiece, signal: AbortSignal): Promise<void> {
  const target = await open(whole.target, 'wx');
  try {
    await target.chmod(0o444);
    await byAllThreads(pool, partsOf(whole), async (part) => {
      await pool.run({ kind: 'open', pieces: [part] }, signal);
    });
  } catch (error) {
    await unlink(whole.target);
    throw error;
  } finally {
    await target.close();
  }
}

function* partsOf(whole: OpenPiece): Generator<OpenPiece, void, undefined> {
  for (let from = 0; from < whole.to; from += JOB_SEGMENTS)
    yield { ...whole, create: false, from, to: Math.min(from + JOB_SEGMENTS, whole.to) };
}

/** A failure ends what is left for all. Waits also then: another could still be writing when the caller was told. */
async function byAllThreads<T>(
  pool: SealingPool,
  left: Generator<T, void, undefined>,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const oneByOne = async () => {
    for (const one of left) await work(one);
  };
  const done = await Promise.allSettled(Array.from({ length: pool.size * JOBS_AT_ONCE }, oneByOne));
  const failed = done.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

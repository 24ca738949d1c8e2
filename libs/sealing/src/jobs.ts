import type { KeyObject } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { Digester, type PlainDigests } from './digests.js';
import { SealedFile, sizeOf } from './sealed-file.js';
import {
  MAGIC,
  OVERHEAD_BYTES,
  SealBroken,
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  segmentOffset,
  segmentsOf,
  type FileSlice,
} from './format.js';
import { openSegment, sealSegment, type SealingTerms } from './segment.js';

/** Segments that are read and written at one go. */
const BATCH = 16;
const READABLE = 0o444;

// One of each for a thread, which does one job at a time.
const sealedBatch = Buffer.alloc(BATCH * SEALED_SEGMENT_BYTES);
const plainBatch = Buffer.alloc(BATCH * SEGMENT_BYTES);

/** The segments [from, to) of a sealed file, to be opened into another file, at the place where they belong. */
export interface OpenPiece {
  readonly source: string;
  readonly target: string;
  /** The target is made by this job, for everybody to read, and removed when the piece cannot be opened. */
  readonly create: boolean;
  readonly terms: SealingTerms;
  /** Of the whole source; one of another size is broken. */
  readonly sealedBytes: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Opens pieces one after the other, up to the first that is broken. The thread opens the files by itself: for many small
 * ones that is what takes the time.
 */
export interface OpenJob {
  readonly kind: 'open';
  readonly pieces: readonly OpenPiece[];
}

/** Seals a file, plain or sealed under other terms, into an empty one. The thread opens the source by itself. */
export interface SealJob {
  readonly kind: 'seal';
  readonly source: string;
  /** Undefined for a plain file. */
  readonly sourceTerms: SealingTerms | undefined;
  /** Where the sealed source lies in its file, when it is not all of it. */
  readonly sourceSlice?: FileSlice;
  readonly targetFd: number;
  readonly terms: SealingTerms;
  readonly digestKey: KeyObject;
}

export type Job = OpenJob | SealJob;

/** The digests are those of a seal job; an open job has none to tell. */
export interface JobResult extends PlainDigests {
  /** Plain bytes. */
  readonly bytes: number;
}

/** The work was asked to stop. */
export class JobStopped extends Error {
  override readonly name = 'JobStopped';
}

/** Does the job in this thread, without a pause. `stopped` is asked between batches. */
export function runJob(job: Job, stopped: () => boolean): JobResult {
  if (job.kind === 'seal') return seal(job, stopped);
  const bytes = job.pieces.reduce((sum, piece) => sum + open(piece, stopped), 0);
  return { bytes, digest: '', sha256: '', crc32: 0 };
}

/** Plain bytes. */
function open(piece: OpenPiece, stopped: () => boolean): number {
  // A link in the place of a stored file can only be an attempt to have another file read.
  // A pipe in its place must not hold up the thread.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const sourceFd = openSync(piece.source, flags);
  try {
    // Also what is longer than it says, and could keep all threads busy.
    if (fstatSync(sourceFd).size !== piece.sealedBytes) throw new SealBroken();
    const targetFd = openSync(piece.target, piece.create ? 'wx' : 'r+');
    try {
      if (piece.create) fchmodSync(targetFd, READABLE);
      return openSegments(sourceFd, targetFd, piece, stopped);
    } catch (error) {
      // Half a file that looks whole must not stay.
      if (piece.create) unlinkSync(piece.target);
      throw error;
    } finally {
      closeSync(targetFd);
    }
  } finally {
    closeSync(sourceFd);
  }
}

function openSegments(
  sourceFd: number,
  targetFd: number,
  { terms, sealedBytes, from, to }: OpenPiece,
  stopped: () => boolean,
): number {
  const segments = segmentsOf(sizeOf(sourceFd, { start: 0, bytes: sealedBytes }));
  if (to > segments) throw new SealBroken();
  let bytes = 0;
  for (let at = from; at < to; at += BATCH) {
    if (stopped()) throw new JobStopped();
    const wanted = Math.min(BATCH, to - at) * SEALED_SEGMENT_BYTES;
    const read = readSync(sourceFd, sealedBatch, 0, wanted, segmentOffset(at));
    let filled = 0;
    for (let index = at; index < Math.min(at + BATCH, to); index++) {
      const start = (index - at) * SEALED_SEGMENT_BYTES;
      const end = Math.min(start + SEALED_SEGMENT_BYTES, Math.max(start, read));
      const last = index === segments - 1;
      const part = openSegment(terms, { index, last }, sealedBatch.subarray(start, end));
      if (!last && part.length !== SEGMENT_BYTES) throw new SealBroken();
      plainBatch.set(part, filled);
      filled += part.length;
    }
    writeAll(targetFd, plainBatch.subarray(0, filled), at * SEGMENT_BYTES);
    bytes += filled;
  }
  return bytes;
}

function seal(job: SealJob, stopped: () => boolean): JobResult {
  const sourceFd = openSync(job.source, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return sealAll(sourceOf(sourceFd, job), job, stopped);
  } finally {
    closeSync(sourceFd);
  }
}

function sealAll(source: Source, job: SealJob, stopped: () => boolean): JobResult {
  const { targetFd, terms } = job;
  const segments = segmentsOf(source.size);
  const digester = new Digester(job.digestKey);
  writeAll(targetFd, MAGIC, 0);
  for (let at = 0; at < segments; at += BATCH) {
    if (stopped()) throw new JobStopped();
    let filled = 0;
    for (let index = at; index < Math.min(at + BATCH, segments); index++) {
      const start = index * SEGMENT_BYTES;
      const plain = source.read(start, SEGMENT_BYTES);
      if (plain.length !== Math.min(SEGMENT_BYTES, source.size - start)) throw new SealBroken();
      digester.update(plain);
      const place = { index, last: index === segments - 1 };
      filled += sealSegment(
        terms,
        place,
        plain,
        sealedBatch.subarray(filled, filled + plain.length + OVERHEAD_BYTES),
      );
    }
    writeAll(targetFd, sealedBatch.subarray(0, filled), segmentOffset(at));
  }
  return { bytes: source.size, ...digester.digests() };
}

interface Source {
  readonly size: number;
  read(offset: number, length: number): Buffer;
}

function sourceOf(sourceFd: number, { sourceTerms, sourceSlice }: SealJob): Source {
  if (sourceTerms !== undefined) return new SealedFile(sourceFd, sourceTerms, sourceSlice);
  const { size } = fstatSync(sourceFd);
  const buffer = Buffer.alloc(SEGMENT_BYTES);
  return {
    size,
    read: (offset, length) => buffer.subarray(0, readSync(sourceFd, buffer, 0, length, offset)),
  };
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

import type { KeyObject } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { cleanText } from '@vitrine/dicom';
import type { ProblemCode } from '@vitrine/kernel';
import { sealed } from '@vitrine/sealing';
import { getFileNameLowLevel, validateFileName, type Entry, type ZipFile } from 'yauzl';
import { openZip } from './archive-reader.js';
import { LONGEST_NAME, MAXIMUM_ENTRIES } from './bounds.js';
import type { OpenSource } from './file-source.js';
import { partTerms } from './part-terms.js';
import type { RefusedEntry, UnpackedEntry } from './protocol.js';

// A flat picture packs 1 : 1000, so a ratio says something only once the whole is large.
const SUSPICIOUS_FROM_BYTES = 64 * 1024 * 1024;
const MAXIMUM_RATIO = 100;

/** Where entries go, and the key of which each gets its own: on the disk nothing lies plain. */
export interface UnpackTarget {
  readonly folder: string;
  readonly key: KeyObject;
}

export interface UnpackLimits {
  readonly maximumBytes: number;
}

export interface UnpackListener {
  entry(entry: UnpackedEntry): void;
  refused(entry: RefusedEntry): void;
  empty(): void;
  /** Called as bytes come out, so that whoever waits knows that there is progress. */
  progress(): void;
}

/** The archive as a whole is refused. */
export class ArchiveRefused extends Error {
  constructor(readonly code: ProblemCode) {
    super(code);
  }
}

/**
 * Unpacks a ZIP into `target`, each entry to a sealed file named by its number. Closes the source. Names in the archive are only reported.
 * Counts the bytes that really come out and believes no size that the archive states.
 */
export async function unpack(
  source: OpenSource,
  target: UnpackTarget,
  limits: UnpackLimits,
  listener: UnpackListener,
): Promise<void> {
  const zip = await openArchive(source);
  try {
    const entries = await readDirectory(zip);
    refuseBombs(entries, zip.fileSize, limits);
    const budget = new Budget(zip.fileSize, limits.maximumBytes, () => listener.progress());
    let part = 0;
    for (const { entry, name } of entries) {
      const untrustedName = cleanText(name, LONGEST_NAME);
      const problem = problemOf(entry, name);
      if (problem !== undefined) listener.refused({ untrustedName, code: problem });
      else if (entry.uncompressedSize === 0) listener.empty();
      else if (await extract(zip, entry, target, part, budget))
        listener.entry({ part: part++, untrustedName });
      else listener.refused({ untrustedName, code: 'exchange.damaged-archive' });
    }
  } finally {
    zip.close();
  }
}

interface NamedEntry {
  readonly entry: Entry;
  readonly name: string;
}

async function openArchive(source: OpenSource): Promise<ZipFile> {
  try {
    return await openZip(source);
  } catch {
    throw new ArchiveRefused('exchange.damaged-archive');
  }
}

async function readDirectory(zip: ZipFile): Promise<NamedEntry[]> {
  if (zip.entryCount > MAXIMUM_ENTRIES) throw new ArchiveRefused('exchange.archive-bomb');
  const entries: NamedEntry[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      const name = getFileNameLowLevel(
        entry.generalPurposeBitFlag,
        entry.fileNameRaw,
        entry.extraFields,
        false,
      );
      if (!name.endsWith('/')) entries.push({ entry, name });
      if (entries.length > MAXIMUM_ENTRIES) throw new ArchiveRefused('exchange.archive-bomb');
    }
  } catch (error) {
    throw error instanceof ArchiveRefused ? error : new ArchiveRefused('exchange.damaged-archive');
  }
  if (entries.length > 0 && entries.every(({ entry }) => entry.isEncrypted()))
    throw new ArchiveRefused('exchange.encrypted-archive');
  return entries;
}

/** What the directory alone gives away: entries that share their bytes, and sums that nothing honest reaches. */
function refuseBombs(
  entries: readonly NamedEntry[],
  archiveBytes: number,
  { maximumBytes }: UnpackLimits,
): void {
  const places = entries
    .map(({ entry }) => ({ start: entry.relativeOffsetOfLocalHeader, bytes: entry.compressedSize }))
    .sort((a, b) => a.start - b.start);
  places.forEach((place, index) => {
    const next = places[index + 1];
    // 30 bytes are the least that a local header takes.
    if (next !== undefined && place.start + 30 + place.bytes > next.start)
      throw new ArchiveRefused('exchange.archive-bomb');
  });
  const stated = entries.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  if (stated > SUSPICIOUS_FROM_BYTES && stated > MAXIMUM_RATIO * archiveBytes)
    throw new ArchiveRefused('exchange.archive-bomb');
  if (stated > maximumBytes) throw new ArchiveRefused('exchange.too-large');
}

const FILE_TYPE_MASK = 0xf000;
const PLAIN_FILE = 0x8000;

function problemOf(entry: Entry, name: string): ProblemCode | undefined {
  if (entry.isEncrypted()) return 'exchange.encrypted-archive';
  // Unix: links, pipes and devices have a type of their own in the upper half.
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE_MASK;
  if (type !== 0 && type !== PLAIN_FILE) return 'exchange.unsafe-archive';
  if (
    validateFileName(name) !== null ||
    name.includes('\0') ||
    name.includes('\\..') ||
    name.startsWith('\\')
  )
    return 'exchange.unsafe-archive';
  return entry.canDecodeFileData() ? undefined : 'exchange.damaged-archive';
}

/** Counts what comes out of all entries together. */
class Budget {
  private bytes = 0;

  constructor(
    private readonly archiveBytes: number,
    private readonly maximumBytes: number,
    private readonly onProgress: () => void,
  ) {}

  spend(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.maximumBytes) throw new ArchiveRefused('exchange.too-large');
    if (this.bytes > SUSPICIOUS_FROM_BYTES && this.bytes > MAXIMUM_RATIO * this.archiveBytes)
      throw new ArchiveRefused('exchange.archive-bomb');
    this.onProgress();
  }
}

/** False when the entry is damaged. */
async function extract(
  zip: ZipFile,
  entry: Entry,
  { folder, key }: UnpackTarget,
  part: number,
  budget: Budget,
): Promise<boolean> {
  let sum = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      try {
        budget.spend(chunk.length);
        sum = crc32(chunk, sum);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });
  try {
    await pipeline(
      await zip.openReadStreamPromise(entry),
      counted,
      (content: AsyncIterable<Buffer>) => sealed(content, partTerms(key, part)),
      createWriteStream(join(folder, String(part)), { flags: 'wx', mode: 0o600 }),
    );
    return sum === entry.crc32;
  } catch (error) {
    if (error instanceof ArchiveRefused) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    return false;
  }
}

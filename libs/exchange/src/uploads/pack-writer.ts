import type { KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  MAGIC,
  OVERHEAD_BYTES,
  sealSegment,
  SEGMENT_BYTES,
  segmentsOf,
  type SealingTerms,
} from '@vitrine/sealing';
import { entryTerms, HEAD_BYTES, LONGEST_ENTRY_NAME_BYTES, sealHead } from './pack-head.js';

/** Smaller entries are written at one go; larger ones never have more than this in memory. */
const GATHERED_BYTES = 1024 * 1024;

/** Writes a new pack; one entry at a time. */
export class PackWriter {
  private end = 0;
  private made: Promise<void> | undefined;

  private constructor(
    private readonly files: PackFiles,
    private readonly key: KeyObject,
    folder: string,
  ) {
    // The pack's own name has to survive too. Waited for before the first entry is acknowledged.
    this.made = flushFolder(folder);
    this.made.catch(() => undefined);
  }

  /** @param key of this pack and no other. */
  static async create(path: string, key: KeyObject): Promise<PackWriter> {
    const plain = await open(path, 'wx', 0o600);
    const durable = await open(path, constants.O_WRONLY | constants.O_DSYNC | constants.O_NOFOLLOW);
    return new PackWriter({ plain, durable }, key, dirname(path));
  }

  /** @param name at most 80 characters of ASCII. */
  begin(name: string): EntryWriter {
    if (Buffer.byteLength(name) > LONGEST_ENTRY_NAME_BYTES) throw new RangeError('a long name');
    return new EntryWriter(this.files, this.key, this.end, name, async (bytes) => {
      await this.made;
      this.made = undefined;
      this.end += HEAD_BYTES + bytes;
    });
  }

  /** Call when no entry is under way. */
  async close(): Promise<void> {
    await Promise.all([this.files.plain.close(), this.files.durable.close()]);
  }
}

/** The same file twice: what is written by `durable` is flushed when the write returns, in one turn instead of two. */
interface PackFiles {
  readonly plain: FileHandle;
  readonly durable: FileHandle;
}

/** Exactly one of `finish` and `discard` is called last, and neither while a `write` is under way. */
export class EntryWriter {
  private readonly terms: SealingTerms;
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;
  private segments = 0;
  /** Sealed ones, which are written or about to be. */
  private bytes = 0;
  private crc = 0;

  constructor(
    private readonly files: PackFiles,
    private readonly key: KeyObject,
    private readonly start: number,
    private readonly name: string,
    private readonly commit: (bytes: number) => Promise<void>,
  ) {
    this.terms = entryTerms(key, start);
  }

  /** Keeps the chunk until enough has come together to be written. */
  async write(chunk: Buffer): Promise<void> {
    this.gathered.push(chunk);
    this.gatheredBytes += chunk.length;
    if (this.gatheredBytes < GATHERED_BYTES) return;
    const position = this.start + HEAD_BYTES + this.bytes;
    await writeAll(this.files.plain, [this.seal(false)], position);
  }

  /** Resolves when the entry survives a power cut. */
  async finish(): Promise<void> {
    const { plain, durable } = this.files;
    const written = this.bytes;
    const rest = this.seal(true);
    const head = sealHead(this.key, this.start, { name: this.name, bytes: this.bytes, crc: this.crc });
    if (written === 0) await writeAll(durable, [head, rest], this.start);
    else {
      await writeAll(plain, [rest], this.start + HEAD_BYTES + written);
      await writeAll(plain, [head], this.start);
      await plain.datasync();
    }
    await this.commit(this.bytes);
  }

  /** Gives the room back. The next entry is written over this one. */
  async discard(): Promise<void> {
    this.gathered = [];
    await this.files.plain.truncate(this.start);
  }

  /** Seals what was gathered: all of it at the end; before, whole segments, and something stays for the last. */
  private seal(end: boolean): Buffer {
    const plain = Buffer.concat(this.gathered);
    const segments = end ? segmentsOf(plain.length) : Math.ceil(plain.length / SEGMENT_BYTES) - 1;
    const used = Math.min(plain.length, segments * SEGMENT_BYTES);
    const first = this.segments === 0 ? MAGIC.length : 0;
    const sealed = Buffer.alloc(first + used + segments * OVERHEAD_BYTES);
    MAGIC.copy(sealed, 0, 0, first);
    for (let n = 0, at = first; n < segments; n++) {
      const part = plain.subarray(n * SEGMENT_BYTES, Math.min(used, (n + 1) * SEGMENT_BYTES));
      const place = { index: this.segments++, last: end && n === segments - 1 };
      at += sealSegment(this.terms, place, part, sealed.subarray(at));
    }
    this.gathered = end ? [] : [plain.subarray(used)];
    this.gatheredBytes = plain.length - used;
    this.bytes += sealed.length;
    this.crc = crc32(sealed, this.crc);
    return sealed;
  }
}

async function writeAll(file: FileHandle, buffers: readonly Buffer[], position: number): Promise<void> {
  const total = buffers.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = await file.writev([...buffers], position);
  // A short write happens when the disk is full to the last block; what is missing then tells why.
  if (bytesWritten < total)
    await writeAll(file, [Buffer.concat(buffers).subarray(bytesWritten)], position + bytesWritten);
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { crc32 } from 'node:zlib';

/**
 * A pack holds many small files in one, each with a checksum before it, so that one flush of one file makes the next
 * of them durable: `{ magic, CRC-32, length, name }`, then the bytes. What a cut left at the end has no right checksum
 * and so is not there. The checksum begins with the pack's own name, which nobody outside knows, so that bytes of an
 * object cannot pose as an entry.
 */
const MAGIC = 0x314b5056;
const HEADER_BYTES = 96;
const NAME_AT = 16;
const LONGEST_NAME_BYTES = HEADER_BYTES - NAME_AT;
/** Smaller entries are written at one go; larger ones never have more than this in memory. */
const GATHERED_BYTES = 1024 * 1024;

/** One entry: where its bytes lie in the pack. */
export interface PackEntry {
  readonly name: string;
  readonly start: number;
  readonly bytes: number;
}

/** Writes a new pack; one entry at a time. */
export class PackWriter {
  private end = 0;
  private made: Promise<void> | undefined;

  private constructor(
    private readonly files: PackFiles,
    private readonly path: string,
  ) {
    // The pack's own name has to survive too. Waited for before the first entry is acknowledged.
    this.made = flushFolder(dirname(path));
    this.made.catch(() => undefined);
  }

  static async create(path: string): Promise<PackWriter> {
    const plain = await open(path, 'wx', 0o600);
    const durable = await open(path, constants.O_WRONLY | constants.O_DSYNC | constants.O_NOFOLLOW);
    return new PackWriter({ plain, durable }, path);
  }

  /** @param name at most 80 characters of ASCII. */
  begin(name: string): EntryWriter {
    if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) throw new RangeError('a long name');
    return new EntryWriter(this.files, this.end, name, checksumOf(this.path, name), async (bytes) => {
      await this.made;
      this.made = undefined;
      this.end += HEADER_BYTES + bytes;
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
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;
  private bytes = 0;

  constructor(
    private readonly files: PackFiles,
    private readonly start: number,
    private readonly name: string,
    private crc: number,
    private readonly commit: (bytes: number) => Promise<void>,
  ) {}

  /** Keeps the chunk until enough has come together to be written. */
  async write(chunk: Buffer): Promise<void> {
    this.gathered.push(chunk);
    this.gatheredBytes += chunk.length;
    if (this.gatheredBytes >= GATHERED_BYTES) await this.flush();
  }

  /** Resolves with the length when the entry survives a power cut. */
  async finish(): Promise<number> {
    const { plain, durable } = this.files;
    if (this.bytes === 0) {
      this.addUp();
      this.bytes = this.gatheredBytes;
      await writeAll(durable, [this.header(), ...this.gathered], this.start);
    } else {
      await this.flush();
      await writeAll(plain, [this.header()], this.start);
      await plain.datasync();
    }
    this.gathered = [];
    await this.commit(this.bytes);
    return this.bytes;
  }

  /** Gives the room back. The next entry is written over this one. */
  async discard(): Promise<void> {
    this.gathered = [];
    await this.files.plain.truncate(this.start);
  }

  private async flush(): Promise<void> {
    const { gathered, gatheredBytes } = this;
    this.addUp();
    this.gathered = [];
    this.gatheredBytes = 0;
    await writeAll(this.files.plain, gathered, this.start + HEADER_BYTES + this.bytes);
    this.bytes += gatheredBytes;
  }

  private addUp(): void {
    for (const chunk of this.gathered) this.crc = crc32(chunk, this.crc);
  }

  private header(): Buffer {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(MAGIC, 0);
    header.writeUInt32LE(this.crc, 4);
    header.writeBigUInt64LE(BigInt(this.bytes), 8);
    header.write(this.name, NAME_AT);
    return header;
  }
}

/** The whole entries of a pack, in the order in which they came. */
export async function readPack(path: string): Promise<PackEntry[]> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const entries: PackEntry[] = [];
    for (let at = 0; at + HEADER_BYTES <= size;) {
      const entry = await entryAt(file, path, at, size);
      if (entry === undefined) break;
      entries.push(entry);
      at = entry.start + entry.bytes;
    }
    return entries;
  } finally {
    await file.close();
  }
}

async function entryAt(
  file: FileHandle,
  path: string,
  at: number,
  size: number,
): Promise<PackEntry | undefined> {
  const header = Buffer.alloc(HEADER_BYTES);
  await file.read(header, 0, HEADER_BYTES, at);
  const start = at + HEADER_BYTES;
  const bytes = Number(header.readBigUInt64LE(8));
  if (header.readUInt32LE(0) !== MAGIC || bytes > size - start) return undefined;
  const name = header.toString('utf8', NAME_AT).replace(/\0+$/, '');
  let crc = checksumOf(path, name);
  const chunk = Buffer.alloc(Math.min(bytes, GATHERED_BYTES));
  for (let done = 0; done < bytes;) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, bytes - done), start + done);
    if (bytesRead === 0) return undefined;
    crc = crc32(chunk.subarray(0, bytesRead), crc);
    done += bytesRead;
  }
  return crc === header.readUInt32LE(4) ? { name, start, bytes } : undefined;
}

const checksumOf = (path: string, name: string): number => crc32(name, crc32(basename(path)));

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

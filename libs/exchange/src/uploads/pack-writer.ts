import type { KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  MAGIC,
  OVERHEAD_BYTES,
  sealSegment,
  SEGMENT_BYTES,
  segmentsOf,
  type SealingTerms,
} from '@vitrine/sealing';
import { PackFile } from './pack-file.js';
import { entryTerms, headBytes, LONGEST_ENTRY_NAME_BYTES, sealHead } from './pack-head.js';

/** Smaller entries are written at one go; larger ones never have more than this in memory. */
const GATHERED_BYTES = 1024 * 1024;

export interface PackOptions {
  /** False where who sends hears of success only after the vault has everything. */
  readonly flushed: boolean;
}

/** Writes a new pack; one entry at a time. */
export class PackWriter {
  private end = 0;

  private constructor(
    private readonly file: PackFile,
    private readonly key: KeyObject,
    private readonly options: PackOptions,
  ) {}

  /** @param key of this pack and no other. */
  static async create(path: string, key: KeyObject, options = { flushed: true }): Promise<PackWriter> {
    return new PackWriter(await PackFile.create(path), key, options);
  }

  /** @param name at most 1600 bytes of UTF-8; it does not begin with zero. */
  begin(name: string): EntryWriter {
    if (Buffer.byteLength(name) > LONGEST_ENTRY_NAME_BYTES) throw new RangeError('a long name');
    return new EntryWriter(this.file, this.key, this.end, name, this.options, (bytes) => {
      this.end += headBytes(name) + bytes;
    });
  }

  /** Call when no entry is under way. */
  async close(): Promise<void> {
    await this.file.close(this.end);
  }
}

/** Exactly one of `finish` and `discard` is called last, and neither while a `write` is under way. */
export class EntryWriter {
  private readonly terms: SealingTerms;
  /** Where the file begins. */
  private readonly content: number;
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;
  private segments = 0;
  /** Sealed ones, which are written or about to be. */
  private bytes = 0;
  private crc = 0;

  constructor(
    private readonly file: PackFile,
    private readonly key: KeyObject,
    private readonly start: number,
    private readonly name: string,
    private readonly options: PackOptions,
    private readonly commit: (bytes: number) => void,
  ) {
    this.terms = entryTerms(key, start);
    this.content = start + headBytes(name);
  }

  /** Keeps the chunk until enough has come together to be written. */
  async write(chunk: Buffer): Promise<void> {
    this.gathered.push(chunk);
    this.gatheredBytes += chunk.length;
    if (this.gatheredBytes < GATHERED_BYTES) return;
    const position = this.content + this.bytes;
    await this.file.write([this.seal(false)], position);
  }

  /** Resolves when the entry survives a power cut, in a pack that is flushed. */
  async finish(): Promise<void> {
    const written = this.bytes;
    const rest = this.seal(true);
    const head = sealHead(this.key, this.start, { name: this.name, bytes: this.bytes, crc: this.crc });
    if (written > 0) {
      await this.file.write([rest], this.content + written);
      await this.file.write([head], this.start);
      if (this.options.flushed) await this.file.flush();
    } else if (this.options.flushed) await this.file.writeDurably([head, rest], this.start);
    else await this.file.write([head, rest], this.start);
    this.commit(this.bytes);
  }

  /** Gives the room back. The next entry is written over this one. */
  async discard(): Promise<void> {
    this.gathered = [];
    await this.file.cut(this.start);
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

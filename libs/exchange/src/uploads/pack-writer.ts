import type { KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { GatheringSealer, type SealingTerms } from '@vitrine/sealing';
import { PackFile } from './pack-file.js';
import { entryTerms, headBytes, LONGEST_ENTRY_NAME_BYTES, sealHead } from './pack-head.js';
import type { PackEntry } from './pack-reader.js';

export interface PackOptions {
  /** False where who sends hears of success only after the vault has everything. */
  readonly flushed: boolean;
}

/** Writes a new pack; one entry at a time. */
export class PackWriter {
  private end = 0;

  private constructor(
    private readonly path: string,
    private readonly file: PackFile,
    private readonly key: KeyObject,
    private readonly options: PackOptions,
  ) {}

  /** @param key of this pack and no other. */
  static async create(path: string, key: KeyObject, options = { flushed: true }): Promise<PackWriter> {
    return new PackWriter(path, await PackFile.create(path), key, options);
  }

  /** @param name at most 1600 bytes of UTF-8; it does not begin with zero. */
  begin(name: string): EntryWriter {
    if (Buffer.byteLength(name) > LONGEST_ENTRY_NAME_BYTES) throw new RangeError('a long name');
    return new EntryWriter(this.path, this.file, this.key, this.end, name, this.options, (bytes) => {
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
  private readonly sealer: GatheringSealer;
  private plainBytes = 0;
  /** Sealed ones, which are written or about to be. */
  private bytes = 0;
  private crc = 0;

  constructor(
    private readonly path: string,
    private readonly file: PackFile,
    private readonly key: KeyObject,
    private readonly start: number,
    private readonly name: string,
    private readonly options: PackOptions,
    private readonly commit: (bytes: number) => void,
  ) {
    this.terms = entryTerms(key, start);
    this.sealer = new GatheringSealer(this.terms);
    this.content = start + headBytes(name);
  }

  /** Keeps the chunk until enough has come together to be written. */
  async write(chunk: Buffer): Promise<void> {
    this.plainBytes += chunk.length;
    const position = this.content + this.bytes;
    const sealed = this.counted(this.sealer.add(chunk));
    if (sealed.length > 0) await this.file.write(sealed, position);
  }

  /** Resolves when the entry survives a power cut, in a pack that is flushed. Says where it lies. */
  async finish(): Promise<PackEntry> {
    const written = this.bytes;
    const rest = this.counted(this.sealer.end());
    const head = sealHead(this.key, this.start, { name: this.name, bytes: this.bytes, crc: this.crc });
    if (written > 0) {
      await this.file.write(rest, this.content + written);
      await this.file.write([head], this.start);
      if (this.options.flushed) await this.file.flush();
    } else if (this.options.flushed) await this.file.writeDurably([head, ...rest], this.start);
    else await this.file.write([head, ...rest], this.start);
    this.commit(this.bytes);
    const { name, path, terms, plainBytes, bytes } = this;
    return {
      name,
      source: { path, terms, slice: { start: this.content, bytes } },
      bytes: plainBytes,
    };
  }

  /** Gives the room back. The next entry is written over this one. */
  async discard(): Promise<void> {
    await this.file.cut(this.start);
  }

  private counted(sealed: Buffer[]): Buffer[] {
    for (const part of sealed) {
      this.bytes += part.length;
      this.crc = crc32(part, this.crc);
    }
    return sealed;
  }
}

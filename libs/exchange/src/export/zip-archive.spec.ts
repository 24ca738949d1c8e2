import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { crc32 } from 'node:zlib';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry } from 'yauzl';
import { bytesOf } from '@vitrine/vault/testing';
import { madeSource } from './export-source.js';
import { ZipArchive, type ZipSource } from './zip-archive.js';

const at = new Date('2026-01-31T09:30:00Z');
const { signal } = new AbortController();
const GIB = 1024 ** 3;

/** A file that would fill a disc: made of zeros, as far as it is asked for. */
const vast = (name: string, bytes: number): ZipSource => ({
  name,
  at,
  bytes,
  crc32: 0x12345678,
  read: ({ start, end }) => Promise.resolve(zeros(end - start)),
});

// eslint-disable-next-line @typescript-eslint/require-await
async function* zeros(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536));
}

/** Reads an archive as programs read a file: here and there. */
class ArchiveReader extends RandomAccessReader {
  constructor(private readonly archive: ZipArchive) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const out = new PassThrough();
    Readable.from(this.archive.read({ start, end }, signal)).pipe(out);
    return out;
  }
}

async function directoryOf(archive: ZipArchive): Promise<{ entries: Entry[]; last: Buffer }> {
  const zip = await fromRandomAccessReaderPromise(new ArchiveReader(archive), archive.bytes, {
    lazyEntries: true,
    autoClose: false,
  });
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  const last = await bytesOf(await zip.openReadStreamPromise(entries.at(-1)!));
  return { entries, last };
}

describe('ZipArchive', () => {
  it('is read by others as what went in, with names in any script and the given time', async () => {
    const sources = [
      madeSource('empty', Buffer.alloc(0), at),
      madeSource('Befund/Schädel 頭.txt', Buffer.from('text'), at),
    ];
    const { entries, last } = await directoryOf(new ZipArchive(sources));
    expect(entries.map(({ fileName, uncompressedSize }) => [fileName, uncompressedSize])).toEqual([
      ['empty', 0],
      ['Befund/Schädel 頭.txt', 4],
    ]);
    expect(entries[1]!.crc32).toBe(crc32('text'));
    expect(entries[1]!.getLastModDate({ timezone: 'UTC' })).toEqual(at);
    expect(last.toString()).toBe('text');
  });

  it('grows beyond 4 GiB, in one file and by its place', async () => {
    const archive = new ZipArchive([
      vast('small', GIB),
      vast('large', 5 * GIB),
      vast('exactly', 0xffffffff),
      madeSource('last', Buffer.from('here'), at),
    ]);
    expect(archive.bytes).toBeGreaterThan(10 * GIB);
    const { entries, last } = await directoryOf(archive);
    expect(entries.map(({ uncompressedSize }) => uncompressedSize)).toEqual([GIB, 5 * GIB, 0xffffffff, 4]);
    expect(last.toString()).toBe('here');
  });

  it('holds more than 65,535 files', async () => {
    const content = Buffer.from('x');
    const sources = Array.from({ length: 70_000 }, (_, index) => madeSource(`f/${index}`, content, at));
    const archive = new ZipArchive(sources);
    const whole = await bytesOf(archive.read({ start: 0, end: archive.bytes }, signal));
    expect(whole).toHaveLength(archive.bytes);
    // The 64 bit end record has the true number (APPNOTE 4.3.14).
    const end64 = whole.lastIndexOf(Buffer.from('PK\x06\x06'));
    expect(whole.readBigUInt64LE(end64 + 32)).toBe(70_000n);
  });

  it('stops when nobody waits any more', async () => {
    const gone = new AbortController();
    const archive = new ZipArchive([
      madeSource('one', Buffer.alloc(10), at),
      madeSource('two', Buffer.alloc(10), at),
    ]);
    const bytes = archive.read({ start: 0, end: archive.bytes }, gone.signal);
    await bytes.next();
    gone.abort(new Error('left'));
    await expect(bytesOf(bytes)).rejects.toThrow('left');
  });
});

import {
  MAGIC,
  plainSize,
  SealBroken,
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  segmentOffset,
  segmentsOf,
  type FileSlice,
} from './format.js';
import { openSegment, type SealingTerms } from './segment.js';

/** Plain bytes: `start` inclusive, `end` exclusive. */
export interface PlainRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes that can be read at any place: a file of this machine (`FileHandle`), or one that lies elsewhere. */
export interface ByteSource {
  stat(): Promise<{ readonly size: number }>;
  /** As `FileHandle.read`: fewer bytes than asked for only at the end. */
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

/**
 * The plain bytes of a sealed file, or of one that is a slice of a larger file, without blocking the event loop longer than one segment takes. Opens the segments
 * that the range touches. Closes the file at the end, also when it is read no further. Throws `SealBroken`.
 */
export async function* openedStream(
  file: ByteSource,
  terms: SealingTerms,
  range?: PlainRange,
  slice?: FileSlice,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    const place = slice ?? { start: 0, bytes: (await file.stat()).size };
    const size = await checkedSize(file, place);
    const segments = segmentsOf(size);
    const start = range?.start ?? 0;
    const end = Math.min(range?.end ?? size, size);
    const from = Math.min(Math.floor(start / SEGMENT_BYTES), segments - 1);
    const to = Math.max(from + 1, Math.ceil(end / SEGMENT_BYTES));
    const sealed = Buffer.alloc(SEALED_SEGMENT_BYTES);
    for (let index = from; index < to; index++) {
      const offset = segmentOffset(index);
      const length = Math.min(SEALED_SEGMENT_BYTES, place.bytes - offset);
      const { bytesRead } = await file.read(sealed, 0, length, place.start + offset);
      const plain = openSegment(
        terms,
        { index, last: index === segments - 1 },
        sealed.subarray(0, bytesRead),
      );
      const first = index * SEGMENT_BYTES;
      const part = plain.subarray(Math.max(0, start - first), Math.max(0, end - first));
      if (part.length > 0) yield part;
    }
  } finally {
    await file.close();
  }
}

async function checkedSize(file: ByteSource, { start, bytes }: FileSlice): Promise<number> {
  const size = plainSize(bytes);
  const magic = Buffer.alloc(MAGIC.length);
  await file.read(magic, 0, magic.length, start);
  if (size === undefined || !magic.equals(MAGIC)) throw new SealBroken();
  return size;
}

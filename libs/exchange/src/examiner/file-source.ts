import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '@vitrine/dicom';
import type { FileSlice } from './protocol.js';

/** Reads one file, or a part of one, as a ByteSource and closes it whatever happens. */
export function withFile<T>(path: string, work: (source: ByteSource) => T, slice?: FileSlice): T {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { start, bytes: size } = slice ?? { start: 0, bytes: fstatSync(fd).size };
    return work({
      size,
      read(offset, length) {
        const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
        const read = bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, start + offset);
        return bytes.subarray(0, read);
      },
    });
  } finally {
    closeSync(fd);
  }
}

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '@vitrine/dicom';

/** Reads one file as a ByteSource and closes it whatever happens. */
export function withFile<T>(path: string, work: (source: ByteSource) => T): T {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(fd);
    return work({
      size,
      read(offset, length) {
        const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
        const read = bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, offset);
        return bytes.subarray(0, read);
      },
    });
  } finally {
    closeSync(fd);
  }
}

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '@vitrine/dicom';
import { SealedFile } from '@vitrine/sealing';
import type { SourceFile } from '@vitrine/vault';

export interface OpenSource extends ByteSource {
  close(): void;
}

/** Opens a file of ours, sealed or plain, for random access. */
export function openSource({ path, terms, slice }: SourceFile): OpenSource {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const close = () => closeSync(fd);
  try {
    if (terms === undefined) return { ...plainSource(fd), close };
    const file = new SealedFile(fd, terms, slice);
    return { size: file.size, read: (offset, length) => file.read(offset, length), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Reads one file as a ByteSource and closes it whatever happens. */
export function withFile<T>(file: SourceFile, work: (source: ByteSource) => T): T {
  const source = openSource(file);
  try {
    return work(source);
  } finally {
    source.close();
  }
}

function plainSource(fd: number): ByteSource {
  const { size } = fstatSync(fd);
  return {
    size,
    read(offset, length) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      const read = bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, offset);
      return bytes.subarray(0, read);
    },
  };
}

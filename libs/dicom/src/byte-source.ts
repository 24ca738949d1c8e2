/** Random access to the bytes of one file, so that a header of gigabytes of pixels is read without the pixels. */
export interface ByteSource {
  readonly size: number;
  /** The bytes at `offset`; fewer than asked for only at the end. The view is valid until the next call. */
  read(offset: number, length: number): Uint8Array;
}

export const memorySource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(Math.min(offset, bytes.length), offset + length),
});

const WINDOW_BYTES = 64 * 1024;

/** Reads ahead, since elements are small and each read of a file costs a system call. */
export function windowed(source: ByteSource): ByteSource {
  let start = 0;
  let window: Uint8Array = new Uint8Array(0);
  return {
    size: source.size,
    read(offset, length) {
      if (length > WINDOW_BYTES) return source.read(offset, length);
      const wanted = Math.min(length, Math.max(0, source.size - offset));
      if (offset < start || offset + wanted > start + window.length) {
        window = Uint8Array.from(source.read(offset, WINDOW_BYTES));
        start = offset;
      }
      return window.subarray(offset - start, offset - start + wanted);
    },
  };
}

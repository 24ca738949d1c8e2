import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '@vitrine/kernel';
import type { ByteSource } from '@vitrine/sealing';

type Content = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Written {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** Writes all bytes and flushes them. The file stays the caller's. */
export async function writeAll(file: FileHandle, content: Content): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    bytes += chunk.byteLength;
    await file.writeFile(chunk);
  }
  await file.sync();
  return { bytes, sha256: hash.digest('hex') };
}

/** Writes a new file that only its owner can read. Its bytes are on the medium then; its name need not be. */
export async function writeDurably(path: string, content: Content): Promise<Written> {
  const file = await open(path, 'wx', 0o600);
  try {
    return await writeAll(file, content);
  } finally {
    await file.close();
  }
}

const AT_ONCE_BYTES = 1024 ** 2;

/** The bytes of a file from its beginning, here or elsewhere, which it closes at the end. */
export async function* bytesOf(file: ByteSource): AsyncGenerator<Buffer, void, undefined> {
  try {
    for (let at = 0; ;) {
      const { buffer, bytesRead } = await readAt(file, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function readAt(file: ByteSource, position: number): Promise<{ buffer: Buffer; bytesRead: number }> {
  // Of its own: whoever got the one before may still hold it.
  const buffer = Buffer.allocUnsafe(AT_ONCE_BYTES);
  return { buffer, bytesRead: (await file.read(buffer, 0, buffer.length, position)).bytesRead };
}

/** Without following a link, which in a backup or a vault can only be somebody's attempt to have another file read. */
export const openPlain = (path: string) => open(path, constants.O_RDONLY | constants.O_NOFOLLOW);

/** Makes a folder, and those above it that are missing, so that they survive a power cut. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Blobs that are copied at once: waiting for flushes is most of the work. */
export const LANES = 4;

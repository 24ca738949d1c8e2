import type { KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { plainSize } from '@vitrine/sealing';
import type { SealedSource } from '@vitrine/vault';
import { entryTerms, HEAD_BYTES, headBytes, NAME_BYTES, openHead, openName } from './pack-head.js';

const READ_BYTES = 1024 * 1024;

/** One entry: a file by the name it was given, where it lies, and how it is sealed. */
export interface PackEntry {
  readonly name: string;
  readonly source: Required<SealedSource>;
  /** Of the file itself. */
  readonly bytes: number;
}

/** The whole entries of a pack, in the order in which they came. What a cut left at the end is not there. */
export async function readPack(path: string, key: KeyObject): Promise<PackEntry[]> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const entries: PackEntry[] = [];
    for (let at = 0; at + HEAD_BYTES <= size;) {
      const head = Buffer.alloc(HEAD_BYTES);
      await file.read(head, 0, HEAD_BYTES, at);
      const opened = openHead(key, at, head);
      if (opened === undefined) break;
      const { bytes, crc } = opened;
      const name = opened.name ?? (await nameAfter(file, key, at));
      if (name === undefined) break;
      const start = at + headBytes(name);
      const plain = plainSize(bytes);
      if (plain === undefined || bytes > size - start) break;
      if ((await checksum(file, start, bytes)) !== crc) break;
      const source = { path, terms: entryTerms(key, at), slice: { start, bytes } };
      entries.push({ name, source, bytes: plain });
      at = start + bytes;
    }
    return entries;
  } finally {
    await file.close();
  }
}

async function nameAfter(file: FileHandle, key: KeyObject, at: number): Promise<string | undefined> {
  const sealed = Buffer.alloc(NAME_BYTES);
  const { bytesRead } = await file.read(sealed, 0, NAME_BYTES, at + HEAD_BYTES);
  return bytesRead < NAME_BYTES ? undefined : openName(key, at, sealed);
}

async function checksum(file: FileHandle, start: number, bytes: number): Promise<number | undefined> {
  const chunk = Buffer.alloc(Math.min(bytes, READ_BYTES));
  let crc = 0;
  for (let done = 0; done < bytes;) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, bytes - done), start + done);
    if (bytesRead === 0) return undefined;
    crc = crc32(chunk.subarray(0, bytesRead), crc);
    done += bytesRead;
  }
  return crc;
}

import type { KeyObject } from 'node:crypto';
import {
  contextOf,
  derivedKey,
  openSegment,
  OVERHEAD_BYTES,
  SealBroken,
  sealSegment,
  type SealingTerms,
} from '@vitrine/sealing';

/**
 * A pack holds many small files in one, so that one flush of one file makes the next of them durable. Each entry is a
 * sealed head (`{ CRC-32, length, name }`) and the file, sealed by itself: a slice of the pack that is a sealed file.
 * Both are bound to the pack and to the place in it. The head is authentic, so no bytes of an object can pose as one;
 * its checksum, over the sealed bytes, tells an entry that a power cut tore from one that is whole.
 */
const PLAIN_BYTES = 92;
const NAME_AT = 12;
const ONLY = { index: 0, last: true };

export const HEAD_BYTES = PLAIN_BYTES + OVERHEAD_BYTES;
export const LONGEST_ENTRY_NAME_BYTES = PLAIN_BYTES - NAME_AT;

export interface EntryHead {
  readonly name: string;
  /** Sealed, and their CRC-32. */
  readonly bytes: number;
  readonly crc: number;
}

/** How the file is sealed whose entry begins at this byte of the pack. */
export const entryTerms = (packKey: KeyObject, at: number): SealingTerms =>
  termsFor(packKey, contextOf('entry', at));

export function sealHead(packKey: KeyObject, at: number, { name, bytes, crc }: EntryHead): Buffer {
  const plain = Buffer.alloc(PLAIN_BYTES);
  plain.writeUInt32LE(crc, 0);
  plain.writeBigUInt64LE(BigInt(bytes), 4);
  plain.write(name, NAME_AT);
  const head = Buffer.alloc(HEAD_BYTES);
  sealSegment(headTerms(packKey, at), ONLY, plain, head);
  return head;
}

/** Undefined when it is none. */
export function openHead(packKey: KeyObject, at: number, sealed: Buffer): EntryHead | undefined {
  try {
    const plain = openSegment(headTerms(packKey, at), ONLY, sealed);
    const name = plain.toString('utf8', NAME_AT).replace(/\0+$/, '');
    return { name, bytes: Number(plain.readBigUInt64LE(4)), crc: plain.readUInt32LE(0) };
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

const headTerms = (packKey: KeyObject, at: number): SealingTerms =>
  termsFor(packKey, contextOf('entry head', at));

const termsFor = (packKey: KeyObject, context: Buffer): SealingTerms => ({
  key: derivedKey(packKey, context),
  context,
});

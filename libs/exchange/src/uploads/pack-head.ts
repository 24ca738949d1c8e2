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
 * its checksum, over the sealed bytes, tells an entry that a power cut tore from one that is whole. A name that the head
 * has no room for follows it, sealed by itself too.
 */
const PLAIN_BYTES = 92;
const NAME_AT = 12;
const ONLY = { index: 0, last: true };

export const HEAD_BYTES = PLAIN_BYTES + OVERHEAD_BYTES;
/** Every name that we show fits: 400 characters (`LONGEST_NAME`), however wide. */
export const LONGEST_ENTRY_NAME_BYTES = 1600;
const LONGEST_IN_HEAD_BYTES = PLAIN_BYTES - NAME_AT;
/** In the place of the name: it follows. No name begins with zero. */
const NAME_FOLLOWS = Buffer.from([0, 1]);
export const NAME_BYTES = LONGEST_ENTRY_NAME_BYTES + OVERHEAD_BYTES;

export interface EntryHead {
  readonly name: string;
  /** Sealed, and their CRC-32. */
  readonly bytes: number;
  readonly crc: number;
}

/** Of the head and the name behind it, where there is one. */
export const headBytes = (name: string): number =>
  Buffer.byteLength(name) > LONGEST_IN_HEAD_BYTES ? HEAD_BYTES + NAME_BYTES : HEAD_BYTES;

/** How the file is sealed whose entry begins at this byte of the pack. */
export const entryTerms = (packKey: KeyObject, at: number): SealingTerms =>
  termsFor(packKey, contextOf('entry', at));

export function sealHead(packKey: KeyObject, at: number, { name, bytes, crc }: EntryHead): Buffer {
  const plain = Buffer.alloc(PLAIN_BYTES);
  plain.writeUInt32LE(crc, 0);
  plain.writeBigUInt64LE(BigInt(bytes), 4);
  const sealed = Buffer.alloc(headBytes(name));
  if (sealed.length > HEAD_BYTES) {
    NAME_FOLLOWS.copy(plain, NAME_AT);
    const whole = Buffer.alloc(LONGEST_ENTRY_NAME_BYTES);
    whole.write(name);
    sealSegment(nameTerms(packKey, at), ONLY, whole, sealed.subarray(HEAD_BYTES));
  } else plain.write(name, NAME_AT);
  sealSegment(headTerms(packKey, at), ONLY, plain, sealed.subarray(0, HEAD_BYTES));
  return sealed;
}

/** Undefined when it is none. A name of undefined follows in the next `NAME_BYTES`. */
export function openHead(
  packKey: KeyObject,
  at: number,
  sealed: Buffer,
): (Omit<EntryHead, 'name'> & { readonly name: string | undefined }) | undefined {
  const plain = opened(headTerms(packKey, at), sealed);
  if (plain === undefined) return undefined;
  const name = plain.subarray(NAME_AT, NAME_AT + NAME_FOLLOWS.length).equals(NAME_FOLLOWS)
    ? undefined
    : textOf(plain.subarray(NAME_AT));
  return { name, bytes: Number(plain.readBigUInt64LE(4)), crc: plain.readUInt32LE(0) };
}

/** Undefined when it is none. */
export function openName(packKey: KeyObject, at: number, sealed: Buffer): string | undefined {
  const plain = opened(nameTerms(packKey, at), sealed);
  return plain && textOf(plain);
}

const textOf = (bytes: Buffer): string => bytes.toString().replace(/\0+$/, '');

function opened(terms: SealingTerms, sealed: Buffer): Buffer | undefined {
  try {
    return openSegment(terms, ONLY, sealed);
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

const nameTerms = (packKey: KeyObject, at: number): SealingTerms =>
  termsFor(packKey, contextOf('entry name', at));

const headTerms = (packKey: KeyObject, at: number): SealingTerms =>
  termsFor(packKey, contextOf('entry head', at));

const termsFor = (packKey: KeyObject, context: Buffer): SealingTerms => ({
  key: derivedKey(packKey, context),
  context,
});

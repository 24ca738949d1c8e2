import { SealBroken } from '@vitrine/sealing';

/** Of the plain bytes of a blob. They tell whoever has the same file what it is, so they are kept sealed. */
export interface BlobSums {
  /** Hex. */
  readonly sha256: string;
  /** Unsigned (ISO 3309, as ZIP has it). */
  readonly crc32: number;
}

const HASH_BYTES = 32;
const BYTES = HASH_BYTES + 4;

export function sumsToBytes({ sha256, crc32 }: BlobSums): Buffer {
  const bytes = Buffer.alloc(BYTES);
  bytes.write(sha256, 'hex');
  bytes.writeUInt32BE(crc32, HASH_BYTES);
  return bytes;
}

/** Throws `SealBroken` for bytes that are no sums. */
export function sumsFromBytes(bytes: Buffer): BlobSums {
  if (bytes.length !== BYTES) throw new SealBroken();
  return { sha256: bytes.toString('hex', 0, HASH_BYTES), crc32: bytes.readUInt32BE(HASH_BYTES) };
}

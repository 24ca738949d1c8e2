import { constants, gunzipSync } from 'node:zlib';
import type { ByteSource } from '@vitrine/dicom';

// So little is unpacked that even the densest gzip (1 : 1032) yields some 17 MB.
const PACKED_BYTES = 16 * 1024;
const SUSPICIOUS_FROM_BYTES = 64 * 1024;
// Variant files reach 1 : 40; nothing honest comes near this.
const MAXIMUM_RATIO = 200;

// The empty block that ends every BGZF file (SAM specification §4.1.2).
const BGZF_END = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');

export interface UnpackedStart {
  readonly bytes: Buffer;
  /** True for BGZF, the blocked form that BAM and tabix need. */
  readonly blocked: boolean;
}

/** The beginning of what a gzip file holds. */
export function unpackedStart(start: Buffer, size: number): UnpackedStart | 'damaged' | 'bomb' {
  const packed = start.subarray(0, PACKED_BYTES);
  try {
    const bytes = gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
    if (size > SUSPICIOUS_FROM_BYTES && bytes.length > MAXIMUM_RATIO * packed.length) return 'bomb';
    return { bytes, blocked: packed.subarray(12, 14).toString('latin1') === 'BC' };
  } catch {
    return 'damaged';
  }
}

export const endsAsBgzf = (source: ByteSource): boolean =>
  Buffer.from(source.read(Math.max(0, source.size - BGZF_END.length), BGZF_END.length)).equals(BGZF_END);

/** CRAM ends with a container that holds the letters EOF (CRAM specification §9). */
export const endsAsCram = (source: ByteSource): boolean =>
  Buffer.from(source.read(Math.max(0, source.size - 38), 38)).includes('EOF', 0, 'latin1');

/** What is known of an encoded picture before it is decoded. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  readonly lossless: boolean;
}

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/**
 * Reads the size that a picture claims, from its first bytes. A browser reserves memory for that size before it looks
 * at the data, so a picture whose size cannot be read is not passed on.
 */
export function readImageHeader(mimetype: string, bytes: Buffer): ImageHeader | undefined {
  if (mimetype === 'image/png') return readPng(bytes);
  if (mimetype === 'image/jpeg') return readJpeg(bytes);
  return undefined;
}

/** PNG 1.2 §4.1.1: IHDR is always the first chunk. */
function readPng(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length < 24 || !bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return undefined;
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), lossless: true };
}

/** ITU-T T.81 annex B: segments follow each other by their lengths until the frame header (SOF). */
function readJpeg(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xc2)
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5), lossless: false };
    if (marker < 0xc4 || marker === 0xda || marker === 0xd9) return undefined;
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

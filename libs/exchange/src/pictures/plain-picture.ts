import { LONGEST_PICTURE_HEADER } from '@vitrine/session-host';

/** Pixels and nothing else: RGB, 8 bits each, row by row. */
export interface PlainPicture {
  readonly width: number;
  readonly height: number;
  /** `3 * width * height` bytes. */
  readonly rgb: Uint8Array;
}

/**
 * Reads pixels that a guest made. Takes exactly one form (binary PPM, 8 bits, no side longer than that, not one byte
 * more or less), so that what the guest says can be a picture and nothing else; undefined otherwise.
 */
export function readPlainPicture(untrusted: Buffer, longestSide: number): PlainPicture | undefined {
  const header = /^P6\n([1-9]\d{0,3}) ([1-9]\d{0,3})\n255\n/.exec(
    untrusted.subarray(0, LONGEST_PICTURE_HEADER).toString('latin1'),
  );
  if (header === null) return undefined;
  const [text, width, height] = [header[0], Number(header[1]), Number(header[2])];
  if (width > longestSide || height > longestSide) return undefined;
  const rgb = untrusted.subarray(text.length);
  return rgb.length === width * height * 3 ? { width, height, rgb } : undefined;
}

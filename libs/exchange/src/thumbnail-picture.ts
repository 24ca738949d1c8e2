import { PNG } from 'pngjs';

export const THUMBNAIL_SIDE = 256;
const LONGEST_HEADER = 32;
/** The most that a picture of that size takes. */
export const THUMBNAIL_BYTES = LONGEST_HEADER + THUMBNAIL_SIDE * THUMBNAIL_SIDE * 3;

/**
 * Encodes pixels that a guest made as PNG. Takes exactly one form (binary PPM, 8 bits, at most 256 by 256, not one
 * byte more or less), so that what the guest says can be a picture and nothing else; undefined otherwise.
 */
export function pngOfPpm(untrusted: Buffer): Buffer | undefined {
  const header = /^P6\n([1-9]\d{0,2}) ([1-9]\d{0,2})\n255\n/.exec(
    untrusted.subarray(0, LONGEST_HEADER).toString('latin1'),
  );
  if (header === null) return undefined;
  const [text, width, height] = [header[0], Number(header[1]), Number(header[2])];
  if (width > THUMBNAIL_SIDE || height > THUMBNAIL_SIDE) return undefined;
  const pixels = untrusted.subarray(text.length);
  if (pixels.length !== width * height * 3) return undefined;
  const png = new PNG({ width, height, colorType: 2 });
  for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4) {
    pixels.copy(png.data, to, from, from + 3);
    png.data[to + 3] = 255;
  }
  return PNG.sync.write(png, { colorType: 2 });
}

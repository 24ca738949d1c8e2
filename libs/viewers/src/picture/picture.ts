import { PNG } from 'pngjs';

/** Pixels of four bytes: blue, green, red, nothing. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

/** How many different colours there are, up to `most`. An empty desk has very few. */
export function countColours({ pixels }: Picture, most = 256): number {
  const seen = new Set<number>();
  for (let at = 0; at < pixels.length && seen.size < most; at += 4) seen.add(pixels.readUIntLE(at, 3));
  return seen.size;
}

/** The share of pixels that differ, from 0 to 1; 1 for pictures of different size. */
export function difference(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let different = 0;
  for (let at = 0; at < a.pixels.length; at += 4)
    if (a.pixels.readUIntLE(at, 3) !== b.pixels.readUIntLE(at, 3)) different++;
  return different / (a.width * a.height);
}

/** A PNG of the picture made smaller, to fit the width; each pixel is the mean of those that it stands for. */
export function toIcon(picture: Picture, width = 480): Buffer {
  const scale = Math.max(1, picture.width / width);
  const png = new PNG({
    width: Math.max(1, Math.floor(picture.width / scale)),
    height: Math.max(1, Math.floor(picture.height / scale)),
  });
  for (let y = 0; y < png.height; y++)
    for (let x = 0; x < png.width; x++) {
      const [red, green, blue] = mean(picture, x * scale, y * scale, scale);
      png.data.set([red, green, blue, 255], (y * png.width + x) * 4);
    }
  return PNG.sync.write(png, { colorType: 2 });
}

function mean(
  { width, height, pixels }: Picture,
  left: number,
  top: number,
  side: number,
): [number, number, number] {
  let [red, green, blue, count] = [0, 0, 0, 0];
  for (let y = Math.floor(top); y < Math.min(height, Math.max(top + 1, top + side)); y++)
    for (let x = Math.floor(left); x < Math.min(width, Math.max(left + 1, left + side)); x++) {
      const at = (y * width + x) * 4;
      blue += pixels[at] ?? 0;
      green += pixels[at + 1] ?? 0;
      red += pixels[at + 2] ?? 0;
      count++;
    }
  return [red / count, green / count, blue / count].map(Math.round) as [number, number, number];
}

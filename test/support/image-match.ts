// Jest runs modules in a VM context, where every look-up of a global in a loop is slow.
const { abs, ceil, floor, max, min, round, sqrt } = Math;

/** A grey picture: `pixels[y * width + x]`, 0 to 255. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly pixels: Float32Array;
}

export interface Match {
  /** Normalised cross-correlation, -1 to 1; 1 means equal up to brightness and contrast. */
  readonly score: number;
  readonly x: number;
  readonly y: number;
  /** Factor by which the reference was scaled to fit the screen. */
  readonly scale: number;
}

/** From RGBA bytes, as a canvas or a PNG decoder gives them. */
export function greyFromRgba(rgba: Uint8Array, width: number, height: number): Grey {
  const pixels = new Float32Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = 0.299 * (rgba[4 * i] ?? 0) + 0.587 * (rgba[4 * i + 1] ?? 0) + 0.114 * (rgba[4 * i + 2] ?? 0);
  }
  return { width, height, pixels };
}

/** From a binary PGM (P5) or PPM (P6) with 8 bits, as dcmtk and poppler write them. */
export function greyFromPnm(bytes: Buffer): Grey {
  const header = /^(P[56])\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+(\d+)\s/.exec(
    bytes.subarray(0, 200).toString('latin1'),
  );
  if (!header) throw new Error('not a binary PGM or PPM');
  const [text, kind, w, h] = header;
  const width = Number(w);
  const height = Number(h);
  const channels = kind === 'P6' ? 3 : 1;
  const pixels = new Float32Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++)
      sum += bytes[text.length + i * channels + channel] ?? 0;
    pixels[i] = sum / channels;
  }
  return { width, height, pixels };
}

/** What is above, as much of it as `part` says, from 0 to 1. */
export const upperPart = ({ width, height, pixels }: Grey, part: number): Grey => ({
  width,
  height: round(height * part),
  pixels: pixels.subarray(0, width * round(height * part)),
});

/** Area average to a new size: no aliasing, so that both sides of a comparison are softened alike. */
export function resize(source: Grey, width: number, height: number): Grey {
  const pixels = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const y0 = (y * source.height) / height;
    const y1 = max(y0 + 1, ((y + 1) * source.height) / height);
    for (let x = 0; x < width; x++) {
      const x0 = (x * source.width) / width;
      const x1 = max(x0 + 1, ((x + 1) * source.width) / width);
      let sum = 0;
      let count = 0;
      for (let sy = floor(y0); sy < min(source.height, ceil(y1)); sy++) {
        for (let sx = floor(x0); sx < min(source.width, ceil(x1)); sx++) {
          sum += source.pixels[sy * source.width + sx] ?? 0;
          count++;
        }
      }
      pixels[y * width + x] = sum / max(1, count);
    }
  }
  return { width, height, pixels };
}

const COARSE = 16;
const FINE = 2;

/**
 * Looks for the reference anywhere on the screen, at any size from a fifth of the screen's height to all of it.
 * Searches on a small copy first, then near the best place on ever larger ones, up to half the size.
 */
export function findOnScreen(screen: Grey, reference: Grey): Match {
  let best = search(screen, reference, COARSE, scales(screen, reference), 0, 0, Infinity);
  for (let step = COARSE / 2; step >= FINE; step /= 2) {
    const spread = (0.02 * step) / 8;
    const near = [-2, -1, 0, 1, 2].map((i) => best.scale * (1 + i * spread));
    best = search(screen, reference, step, near, best.x, best.y, step * 2);
  }
  return best;
}

function scales(screen: Grey, reference: Grey): number[] {
  const largest = min(screen.height / reference.height, screen.width / reference.width);
  return Array.from({ length: 18 }, (_, i) => largest * (1 - i * 0.045));
}

function search(
  screen: Grey,
  reference: Grey,
  step: number,
  factors: number[],
  nearX: number,
  nearY: number,
  reach: number,
): Match {
  const small = resize(screen, round(screen.width / step), round(screen.height / step));
  let best: Match = { score: -1, x: 0, y: 0, scale: 1 };
  for (const scale of factors) {
    const template = resize(
      reference,
      max(8, round((reference.width * scale) / step)),
      max(8, round((reference.height * scale) / step)),
    );
    for (let y = 0; y + template.height <= small.height; y++) {
      if (abs(y * step - nearY) > reach) continue;
      for (let x = 0; x + template.width <= small.width; x++) {
        if (abs(x * step - nearX) > reach) continue;
        const score = correlation(small, template, x, y);
        if (score > best.score) best = { score, x: x * step, y: y * step, scale };
      }
    }
  }
  return best;
}

/** Normalised cross-correlation of the template with the part of the picture at (left, top). */
function correlation(picture: Grey, template: Grey, left: number, top: number): number {
  let sumP = 0;
  let sumT = 0;
  let sumPP = 0;
  let sumTT = 0;
  let sumPT = 0;
  for (let y = 0; y < template.height; y++) {
    const row = (top + y) * picture.width + left;
    for (let x = 0; x < template.width; x++) {
      const p = picture.pixels[row + x] ?? 0;
      const t = template.pixels[y * template.width + x] ?? 0;
      sumP += p;
      sumT += t;
      sumPP += p * p;
      sumTT += t * t;
      sumPT += p * t;
    }
  }
  const n = template.width * template.height;
  const covariance = sumPT - (sumP * sumT) / n;
  const spread = sqrt((sumPP - (sumP * sumP) / n) * (sumTT - (sumT * sumT) / n));
  return spread > 1e-6 ? covariance / spread : 0;
}

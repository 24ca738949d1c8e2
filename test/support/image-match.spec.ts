import { describe, expect, it } from '@jest/globals';
import { findOnScreen, resize, type Grey } from './image-match.js';

// Globals are slow to look up in Jest's VM context.
const { hypot, sin, cos } = Math;

const picture = (width: number, height: number, at: (x: number, y: number) => number): Grey => ({
  width,
  height,
  pixels: Float32Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width))),
});
const head = picture(256, 256, (x, y) => {
  const r = hypot(x - 128, (y - 128) * 0.8);
  return r > 100 ? 0 : 120 + 60 * sin(x / 17) * cos(y / 23) + (r > 90 ? 60 : 0);
});

describe('findOnScreen', () => {
  it('finds a picture that is scaled, moved and brighter', () => {
    const scaled = resize(head, 400, 400);
    const screen = picture(800, 500, (x, y) =>
      x >= 200 && x < 600 && y >= 50 && y < 450
        ? 30 + 0.7 * (scaled.pixels[(y - 50) * 400 + (x - 200)] ?? 0)
        : 20,
    );
    const match = findOnScreen(screen, head);
    expect(match.score).toBeGreaterThan(0.98);
    expect(Math.abs(match.x - 200)).toBeLessThanOrEqual(8);
    expect(Math.abs(match.scale - 400 / 256)).toBeLessThan(0.06);
  });

  it('does not find a picture that is not there', () => {
    const other = picture(800, 500, (x, y) => 128 + 100 * sin(x / 40 + y / 70));
    expect(findOnScreen(other, head).score).toBeLessThan(0.7);
  });
});

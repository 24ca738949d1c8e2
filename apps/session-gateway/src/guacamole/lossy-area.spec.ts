import { describe, expect, it } from '@jest/globals';
import { LossyArea } from './lossy-area.js';

const screen = (width = 100, height = 100) => {
  const area = new LossyArea();
  area.resize(width, height);
  return area;
};

describe('LossyArea', () => {
  it('is lossless at first', () => expect(screen().lossless).toBe(true));

  it('stays lossy while a part is not painted over, and counts the edge of the screen as whole', () => {
    const area = screen();
    area.paint(90, 90, 10, 10, false);
    area.paint(90, 90, 10, 10, true);
    expect(area.lossless).toBe(false);
    area.paint(80, 80, 20, 20, true);
    expect(area.lossless).toBe(true);
  });

  it('follows a copy', () => {
    const area = screen();
    area.paint(0, 0, 16, 16, false);
    area.copy(0, 0, 16, 16, 64, 64);
    area.paint(0, 0, 16, 16, true);
    expect(area.lossless).toBe(false);
    area.copy(32, 32, 16, 16, 64, 64);
    expect(area.lossless).toBe(true);
  });

  it('keeps what is lossy through a change of size, and forgets what is cut off', () => {
    const area = screen();
    area.paint(0, 0, 1, 1, false);
    area.paint(96, 96, 4, 4, false);
    area.resize(80, 200);
    area.paint(0, 0, 16, 16, true);
    expect(area.lossless).toBe(true);
  });

  it('takes rectangles beyond the screen', () => {
    const area = screen();
    area.paint(-50, -50, 4096, 4096, false);
    area.paint(-50, -50, 4096, 4096, true);
    expect(area.lossless).toBe(true);
  });
});

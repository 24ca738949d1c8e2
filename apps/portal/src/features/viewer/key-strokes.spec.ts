import { describe, expect, it } from '@jest/globals';
import { KeyStrokes } from './key-strokes.js';

const A = 0x61;
const SHIFT = 0xffe1;

describe('strokes on their way to the viewer', () => {
  const typing = () => {
    const sent: (readonly [number, number])[] = [];
    return { sent, strokes: new KeyStrokes((pressed, keysym) => sent.push([pressed, keysym])) };
  };

  it('sends each stroke once, and the same key as often as it is struck', () => {
    const { sent, strokes } = typing();
    for (let stroke = 0; stroke < 2; stroke++) {
      strokes.down(A, false);
      strokes.up(A, false);
    }
    expect(sent.map(([pressed]) => pressed)).toEqual([1, 0, 1, 0]);
  });

  it('sends nothing when only a clock believes that a key is held', () => {
    const { sent, strokes } = typing();
    strokes.down(A, false);
    strokes.up(A, true);
    strokes.down(A, true);
    strokes.up(A, false);
    expect(sent).toEqual([
      [1, A],
      [0, A],
    ]);
  });

  it('repeats the key that went down last when the browser says that it is held, until it is up', () => {
    const { sent, strokes } = typing();
    strokes.down(A, false);
    strokes.held();
    strokes.up(A, false);
    strokes.held();
    expect(sent.map(([pressed]) => pressed)).toEqual([1, 0, 1, 0]);
  });

  it('does not repeat a key that only changes others', () => {
    const { sent, strokes } = typing();
    strokes.down(SHIFT, false);
    strokes.held();
    expect(sent).toEqual([[1, SHIFT]]);
  });
});

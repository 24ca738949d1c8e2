import { describe, expect, it } from '@jest/globals';
import { PNG } from 'pngjs';
import { decode } from 'jpeg-js';
import { encodePicture } from './encode.js';
import { readPlainPicture } from './plain-picture.js';

const ppm = (header: string, bytes: number) => Buffer.concat([Buffer.from(header), Buffer.alloc(bytes, 7)]);

describe('a plain picture', () => {
  it('is encoded with the pixels that came', () => {
    const picture = readPlainPicture(ppm('P6\n2 3\n255\n', 18), 256)!;
    const png = PNG.sync.read(encodePicture(picture, 'image/png'));
    expect([png.width, png.height, ...png.data.subarray(0, 4)]).toEqual([2, 3, 7, 7, 7, 255]);
    const jpeg = decode(encodePicture(picture, 'image/jpeg'), { useTArray: true });
    expect([jpeg.width, jpeg.height, ...jpeg.data.subarray(0, 4)]).toEqual([2, 3, 7, 7, 7, 255]);
  });

  it.each([
    ['one byte less', ppm('P6\n2 3\n255\n', 17)],
    ['one byte more', ppm('P6\n2 3\n255\n', 19)],
    ['a larger picture', ppm('P6\n257 1\n255\n', 771)],
    ['an empty picture', ppm('P6\n0 0\n255\n', 0)],
    ['sixteen bits', ppm('P6\n1 1\n65535\n', 6)],
    ['a comment', ppm('P6\n# <script>\n1 1\n255\n', 3)],
    ['another format', ppm('\x89PNG\r\n', 40)],
    ['nothing', Buffer.alloc(0)],
  ])('is none with %s', (_, untrusted) => {
    expect(readPlainPicture(untrusted, 256)).toBeUndefined();
  });
});

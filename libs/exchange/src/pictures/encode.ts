import { encode as encodeJpeg } from 'jpeg-js';
import { PNG } from 'pngjs';
import type { PlainPicture } from './plain-picture.js';

export type PictureType = 'image/jpeg' | 'image/png';

/** Takes some tenths of a second for a large picture. @param quality of JPEG, 1 to 100. */
export function encodePicture(picture: PlainPicture, type: PictureType, quality = 90): Buffer {
  const { width, height } = picture;
  const data = withAlpha(picture);
  if (type === 'image/jpeg') return encodeJpeg({ width, height, data }, quality).data;
  const png = new PNG({ width, height, colorType: 2 });
  png.data = data;
  return PNG.sync.write(png, { colorType: 2 });
}

function withAlpha({ width, height, rgb }: PlainPicture): Buffer {
  const data = Buffer.alloc(width * height * 4, 255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    data[to] = rgb[from] ?? 0;
    data[to + 1] = rgb[from + 1] ?? 0;
    data[to + 2] = rgb[from + 2] ?? 0;
  }
  return data;
}

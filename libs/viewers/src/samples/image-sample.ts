import { PNG } from 'pngjs';

const WIDTH = 640;
const HEIGHT = 480;

/** A PNG of coloured bands that change across the picture. */
export function imageSample(): Buffer {
  const png = new PNG({ width: WIDTH, height: HEIGHT });
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const band = Math.floor(y / 60);
      const shade = Math.floor((x / WIDTH) * 255);
      png.data.set([shade, (band * 32) % 256, 255 - shade, 255], (y * WIDTH + x) * 4);
    }
  return PNG.sync.write(png);
}

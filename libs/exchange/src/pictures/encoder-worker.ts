/** The thread that encodes pictures of plain pixels. */
import { parentPort } from 'node:worker_threads';
import { encodePicture, type PictureType } from './encode.js';
import type { PlainPicture } from './plain-picture.js';

export interface EncodingOrder {
  readonly picture: PlainPicture;
  readonly type: PictureType;
  readonly quality: number | undefined;
}

parentPort?.on('message', ({ picture, type, quality }: EncodingOrder) => {
  parentPort?.postMessage(Uint8Array.from(encodePicture(picture, type, quality)));
});

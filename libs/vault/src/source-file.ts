import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { openedStream } from '@vitrine/sealing';
import type { SourceFile } from './blob-store.js';

const AT_ONCE_BYTES = 1024 * 1024;

/** The plain bytes of a file of our own, which is opened when the first of them is asked for. */
export async function* contentOf({ path, terms, slice }: SourceFile): AsyncGenerator<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  yield* terms === undefined
    ? (file.createReadStream({ highWaterMark: AT_ONCE_BYTES }) as AsyncIterable<Uint8Array>)
    : openedStream(file, terms, undefined, slice);
}

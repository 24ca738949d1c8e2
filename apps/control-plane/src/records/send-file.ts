import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

export interface SentFile {
  readonly type: string;
  /** Offered for saving under this name, of our own making, instead of being shown. */
  readonly attachment?: string;
  readonly cacheControl?: string;
}

/**
 * Sends bytes that came from outside so that no browser takes them for a page of ours: the type is not guessed, and
 * whatever would run is in a sandbox. A client that leaves ends the reading.
 */
export async function sendFile(
  response: Response,
  content: AsyncIterable<Uint8Array>,
  { type, attachment, cacheControl = 'no-store' }: SentFile,
): Promise<void> {
  response.set({
    'Content-Type': type,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': cacheControl,
    ...(attachment === undefined ? {} : { 'Content-Disposition': `attachment; filename="${attachment}"` }),
  });
  const source = content instanceof Readable ? content : Readable.from(content);
  try {
    await pipeline(source, response);
  } catch (error) {
    // The head has been sent, so a cut is the only way left to say that it is not whole.
    if (!response.headersSent) throw error;
    response.destroy();
  }
}

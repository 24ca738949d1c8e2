import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { Content } from '@vitrine/exchange';
import { newId } from '@vitrine/kernel';
import type { Form } from './retrieve-accept.js';

export interface SentPart {
  readonly type: string;
  readonly transferSyntaxUid?: string;
  readonly location: string;
  readonly content: Content;
}

/** No browser takes what came from outside for a page of ours. */
export const HARMLESS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Sends parts one after the other, each opened when its turn comes; nothing is held in memory. */
export async function sendParts(response: Response, form: Form, parts: readonly SentPart[]): Promise<void> {
  response.set(HARMLESS);
  const [first] = parts;
  if (form === 'single' && first !== undefined) {
    response.set({ 'Content-Type': typeOf(first), 'Content-Location': first.location });
    await send(response, first.content());
    return;
  }
  const boundary = newId();
  const root = first?.type ?? 'application/octet-stream';
  response.set('Content-Type', `multipart/related; type="${root}"; boundary=${boundary}`);
  await send(response, multipart(parts, boundary));
}

/** Sends what is made while it is sent; a client that leaves ends the making. */
export async function send(response: Response, content: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await pipeline(Readable.from(content, { objectMode: false }), response);
  } catch (error) {
    // The head has been sent, so a cut is the only way left to say that it is not whole.
    if (!response.headersSent) throw error;
    response.destroy();
  }
}

async function* multipart(parts: readonly SentPart[], boundary: string): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const head = `--${boundary}\r\nContent-Type: ${typeOf(part)}\r\nContent-Location: ${part.location}\r\n\r\n`;
    yield Buffer.from(head, 'latin1');
    yield* part.content();
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

const typeOf = ({ type, transferSyntaxUid }: SentPart): string =>
  transferSyntaxUid === undefined ? type : `${type}; transfer-syntax=${transferSyntaxUid}`;

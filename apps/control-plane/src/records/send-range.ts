import type { Request, Response } from 'express';
import { sendFile } from './send-file.js';

/** Bytes that can be asked for in part: `end` is exclusive. */
export interface RangedContent {
  readonly bytes: number;
  /** A strong validator (RFC 9110 §8.8.1), quoted. */
  readonly etag: string;
  read(
    range: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array>;
}

export type RequestedRange =
  | { readonly kind: 'whole' | 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

/**
 * What part a request asks for (RFC 9110 §14.2). Several ranges at once, which nobody needs here, and a range of
 * something that has changed since (If-Range, §13.1.5) are answered with the whole.
 */
export function requestedRange(request: Request, { bytes, etag }: RangedContent): RequestedRange {
  const whole = { kind: 'whole', start: 0, end: bytes } as const;
  const ifRange = request.headers['if-range'];
  if (ifRange !== undefined && ifRange !== etag) return whole;
  const ranges = request.range(bytes);
  if (ranges === undefined || ranges === -2) return whole;
  if (ranges === -1) return { kind: 'unsatisfiable' };
  const [range] = ranges;
  if (ranges.type !== 'bytes' || range === undefined || ranges.length > 1) return whole;
  return { kind: 'part', start: range.start, end: range.end + 1 };
}

/** Sends the part as an attachment. Nothing of it is made for a request that only asks about it (HEAD). */
export async function sendRange(
  request: Request,
  response: Response,
  content: RangedContent,
  range: RequestedRange,
  { type, attachment }: { readonly type: string; readonly attachment: string },
): Promise<void> {
  response.set({ 'Accept-Ranges': 'bytes', ETag: content.etag });
  if (range.kind === 'unsatisfiable') {
    response.status(416).set('Content-Range', `bytes */${content.bytes}`).end();
    return;
  }
  const { kind, start, end } = range;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const bytes = request.method === 'HEAD' ? nothing() : content.read({ start, end }, gone.signal);
  // What goes wrong before the first byte can still be told as a problem.
  const first = await bytes.next();
  response.status(kind === 'part' ? 206 : 200).set('Content-Length', String(end - start));
  if (kind === 'part') response.set('Content-Range', `bytes ${start}-${end - 1}/${content.bytes}`);
  await sendFile(response, from(first, bytes), { type, attachment });
}

async function* from(
  first: IteratorResult<Uint8Array>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.done === true) return;
    yield first.value;
    yield* rest;
  } finally {
    // Whoever leaves before the first byte has not begun to read `rest`, which still has to be told.
    await rest.return(undefined);
  }
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* [];
}

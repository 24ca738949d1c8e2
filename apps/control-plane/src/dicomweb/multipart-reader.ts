import type { Readable } from 'node:stream';
import { Problem } from '@vitrine/kernel';

/** One part of a multipart body (RFC 2046 §5.1). Its body is read before the next part is asked for. */
export interface Part {
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Uint8Array>;
}

const CR = 0x0d;
const CRLF = Buffer.from('\r\n');
const HEADERS_END = Buffer.from('\r\n\r\n');
const LONGEST_HEADERS = 16 * 1024;
const LONGEST_PREAMBLE = 64 * 1024;
/** RFC 2046 §5.1.1: at most 70 characters of this alphabet, not ending in a blank. */
const BOUNDARY = /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/;

/**
 * Reads a multipart body part by part as it comes, holding one chunk of it and never a whole part. Throws
 * `kernel.invalid` for what is no such body or breaks off; then nothing of what came before may count.
 */
export async function* readParts(stream: Readable, boundary: string): AsyncGenerator<Part> {
  if (!BOUNDARY.test(boundary)) throw new Problem('kernel.invalid');
  // Without this, leaving early would close the connection before the answer is sent.
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  try {
    yield* new PartReader(chunks, boundary).parts();
  } finally {
    await chunks.return?.();
  }
}

class PartReader {
  // As if a line had ended before the body, so that the first delimiter is like all others.
  private held: Buffer = CRLF;
  private readonly delimiter: Buffer;

  constructor(
    private readonly chunks: AsyncIterator<Buffer>,
    boundary: string,
  ) {
    this.delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  async *parts(): AsyncGenerator<Part> {
    let preamble = 0;
    for await (const chunk of this.upToDelimiter()) {
      preamble += chunk.length;
      if (preamble > LONGEST_PREAMBLE) throw new Problem('kernel.invalid');
    }
    while (!(await this.isLast())) {
      const headers = await this.headers();
      const body = this.upToDelimiter();
      yield { headers, body };
      // What the caller did not want of it.
      await drain(body);
    }
  }

  /** Behind a delimiter: two dashes end the body. */
  private async isLast(): Promise<boolean> {
    while (this.held.length < 2) await this.more();
    return this.held[0] === 0x2d && this.held[1] === 0x2d;
  }

  /** From behind a delimiter up to and with the empty line. A part may have no headers at all. */
  private async headers(): Promise<Map<string, string>> {
    let end: number;
    while ((end = this.held.indexOf(HEADERS_END)) < 0) {
      if (this.held.length > LONGEST_HEADERS) throw new Problem('kernel.invalid');
      await this.more();
    }
    if (end > LONGEST_HEADERS) throw new Problem('kernel.invalid');
    const [padding = '', ...lines] = this.held.toString('latin1', 0, end).split('\r\n');
    if (padding.trim() !== '') throw new Problem('kernel.invalid');
    this.held = this.held.subarray(end + HEADERS_END.length);
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Problem('kernel.invalid');
      headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    return headers;
  }

  private async *upToDelimiter(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.held.indexOf(this.delimiter);
      if (at >= 0) {
        const rest = this.held.subarray(0, at);
        this.held = this.held.subarray(at + this.delimiter.length);
        if (rest.length > 0) yield rest;
        return;
      }
      // The delimiter may be cut in two by the next chunk, but only where it can begin.
      const begins = this.held.indexOf(CR, Math.max(0, this.held.length - (this.delimiter.length - 1)));
      const sure = begins < 0 ? this.held.length : begins;
      if (sure > 0) {
        const piece = this.held.subarray(0, sure);
        this.held = this.held.subarray(sure);
        yield piece;
      }
      await this.more();
    }
  }

  private async more(): Promise<void> {
    const next = await this.chunks.next().catch((cause: unknown) => {
      throw new Problem('kernel.invalid', { cause });
    });
    if (next.done === true) throw new Problem('kernel.invalid');
    const chunk = next.value;
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
  }
}

async function drain(body: AsyncIterator<Uint8Array>): Promise<void> {
  while ((await body.next()).done !== true);
}

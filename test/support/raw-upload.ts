import { request } from 'node:http';
import type { ApiClient } from './api-client.js';

const TUS = { 'tus-resumable': '1.0.0' };
const LOOK_MS = 20;

const base64 = (value: string): string => Buffer.from(value).toString('base64');

/** A tus upload step by step, so that a test can drop the connection wherever it likes. */
export class RawUpload {
  private constructor(
    private readonly client: ApiClient,
    private readonly url: string,
    private readonly bytes: Buffer,
  ) {}

  static async create(client: ApiClient, importId: string, name: string, bytes: Buffer): Promise<RawUpload> {
    const answer = await fetch(`${client.stack.origin}/api/uploads`, {
      method: 'POST',
      headers: {
        ...headersOf(client),
        'upload-length': String(bytes.length),
        'upload-metadata': `importId ${base64(importId)},name ${base64(name)}`,
      },
    });
    const location = answer.headers.get('location');
    if (answer.status !== 201 || location === null) throw new Error(`not created: ${answer.status}`);
    return new RawUpload(client, new URL(location, `${client.stack.origin}/api/uploads/`).href, bytes);
  }

  /** How many bytes are acknowledged. */
  async offset(): Promise<number> {
    const answer = await fetch(this.url, { method: 'HEAD', headers: headersOf(this.client) });
    return Number(answer.headers.get('upload-offset'));
  }

  /** Sends from here to the end; the status of the answer, or undefined where the connection ended without one. */
  send(from: number): Promise<number | undefined> {
    return this.patch(from, this.bytes.length);
  }

  /** Sends so many bytes and drops the connection when they have gone out. */
  async sendAndDrop(bytes: number): Promise<void> {
    await this.patch(0, bytes);
  }

  private patch(from: number, to: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const sent = request(this.url, {
        method: 'PATCH',
        headers: {
          ...headersOf(this.client),
          'content-type': 'application/offset+octet-stream',
          'content-length': String(this.bytes.length - from),
          'upload-offset': String(from),
        },
      });
      sent.once('response', (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode));
      });
      sent.once('error', () => resolve(undefined));
      sent.once('close', () => resolve(undefined));
      sent.write(this.bytes.subarray(from, to), () => {
        if (to < this.bytes.length) setTimeout(() => sent.destroy(), LOOK_MS);
      });
      if (to === this.bytes.length) sent.end();
    });
  }
}

const headersOf = (client: ApiClient): Record<string, string> => ({
  ...TUS,
  cookie: client.cookieHeader,
  origin: client.stack.origin,
  'x-vitrine': '1',
  connection: 'close',
});

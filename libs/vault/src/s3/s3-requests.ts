import type { Readable } from 'node:stream';
import { addAbortSignal } from 'node:stream';
import { GetObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { delay, isProblem, Problem, withDeadline, type ObjectStorageSettings } from '@vitrine/kernel';
import { readCredentials } from './credentials.js';
import { asStoreProblem, isPassing } from './s3-failures.js';

const CONNECT_MS = 5_000;
/** For a request whose body and answer are small. */
const REQUEST_MS = 20_000;
/** For one that carries up to `PIECE_BYTES`: at least 90 KiB/s. */
export const TRANSFER_MS = 90_000;
/** The most that one request carries of an object, but for objects that would need too many. */
export const PIECE_BYTES = 8 * 1024 ** 2;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;
const MOST_SOCKETS = 64;

export interface RequestOptions {
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

type Request<T> = (client: S3Client, signal: AbortSignal) => Promise<T>;

/** Requests to one bucket, each with a deadline, and sent again some times when what ended it may pass. */
export class S3Requests {
  private constructor(
    private readonly client: S3Client,
    readonly bucket: string,
  ) {}

  /** Sends nothing yet. Throws `StoreRefused` for credentials that cannot be read. */
  static async open(settings: ObjectStorageSettings): Promise<S3Requests> {
    const config: S3ClientConfig = {
      endpoint: settings.endpoint,
      region: settings.region,
      forcePathStyle: settings.pathStyle,
      credentials: await readCredentials(settings.credentialsFile),
      // Ours try again after a body that was cut, too.
      maxAttempts: 1,
      // The signature covers the body; the newer checksums are not understood by every server.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Settings of other programs of this user are none of ours.
      retryMode: 'standard',
      defaultsMode: 'standard',
      useFipsEndpoint: false,
      useDualstackEndpoint: false,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        httpAgent: { keepAlive: true, maxSockets: MOST_SOCKETS },
        httpsAgent: { keepAlive: true, maxSockets: MOST_SOCKETS },
      },
    };
    return new S3Requests(new S3Client(config), settings.bucket);
  }

  /** Throws the Problem that `asStoreProblem` makes of a failure, or the signal's reason. */
  async send<T>(request: Request<T>, { deadlineMs = REQUEST_MS, signal }: RequestOptions = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await withDeadline(
          deadlineMs,
          'vault.unreachable',
          (until) => request(this.client, until),
          signal,
        );
      } catch (error) {
        signal?.throwIfAborted();
        const problem = asStoreProblem(error);
        if (attempt === ATTEMPTS || !isPassing(error) || !isProblem(problem, 'vault.unreachable'))
          throw problem;
        await delay(pauseAfter(attempt), signal);
      }
    }
  }

  /**
   * Passes on the bytes [start, end) of an object, or fewer at its end, with their place in the object, and answers its
   * size. After a cut the same bytes come again. Throws `vault.damaged` when they are not there.
   */
  range(
    key: string,
    { start, end }: { readonly start: number; readonly end: number },
    take: (bytes: Buffer, at: number) => unknown,
    signal?: AbortSignal,
  ): Promise<number> {
    const request: Request<number> = async (client, until) => {
      const Range = `bytes=${start}-${end - 1}`;
      const command = new GetObjectCommand({ Bucket: this.bucket, Key: key, Range });
      const { Body, ContentRange } = await client.send(command, { abortSignal: until });
      const body = addAbortSignal(until, Body as unknown as Readable);
      const size = sizeOf(ContentRange, start);
      let at = start;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        await take(chunk, at);
        at += chunk.byteLength;
      }
      if (at !== Math.min(end, size)) throw new Error('The answer was cut.');
      return size;
    };
    return this.send(request, { deadlineMs: TRANSFER_MS, signal });
  }
}

/** Of the object, from `bytes 0-9/100`. */
function sizeOf(contentRange: string | undefined, start: number): number {
  const [, from, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(contentRange ?? '') ?? [];
  // A store that sends all where a part was asked for would be read wrongly.
  if (Number(from) !== start || size === undefined)
    throw new Problem('vault.unreachable', { logContext: { failure: 'no ranges' } });
  return Number(size);
}

/** Between half and all of a time that doubles, so that many who were cut at once do not come back at once. */
const pauseAfter = (attempt: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);

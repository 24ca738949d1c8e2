import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { inLanes, newId, Problem } from '@vitrine/kernel';
import { Buffers } from './buffers.js';
import { PIECE_BYTES, TRANSFER_MS, type S3Requests } from './s3-requests.js';

/** Of all uploads together. */
const PIECES_AT_ONCE = 8;
const PIECES_OF_ONE = 4;
const MOST_PARTS = 10_000;
/** A name of ours for what was sent, by which the answer to "is it there?" is not about an earlier object. */
const WRITE = 'vitrine-write';

/** Sends files as objects. */
export class Uploads {
  private readonly buffers = new Buffers(PIECES_AT_ONCE, PIECE_BYTES);

  constructor(private readonly requests: S3Requests) {}

  /**
   * When it returns, the store has said that it has all bytes under this key, in one piece. After a failure there is
   * nothing new under the key, unless only the answers were lost.
   */
  async upload(key: string, path: string): Promise<void> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      const write = newId();
      if (size <= PIECE_BYTES) await this.put(key, file, size, write);
      else await this.putInParts(key, file, size, write);
      await this.confirm(key, size, write);
    } finally {
      await file.close();
    }
  }

  private async put(key: string, file: FileHandle, size: number, write: string): Promise<void> {
    await this.buffers.with(size, async (buffer) => {
      const Body = await bytesAt(file, buffer, 0, size);
      await this.requests.send(
        (client, abortSignal) =>
          client.send(new PutObjectCommand({ ...this.at(key), Body, Metadata: { [WRITE]: write } }), {
            abortSignal,
          }),
        { deadlineMs: TRANSFER_MS },
      );
    });
  }

  private async putInParts(key: string, file: FileHandle, size: number, write: string): Promise<void> {
    const partBytes = Math.max(PIECE_BYTES, Math.ceil(size / MOST_PARTS));
    const { UploadId } = await this.requests.send((client, abortSignal) =>
      client.send(new CreateMultipartUploadCommand({ ...this.at(key), Metadata: { [WRITE]: write } }), {
        abortSignal,
      }),
    );
    const upload = { ...this.at(key), UploadId };
    try {
      const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
      await inLanes(Array(Math.ceil(size / partBytes)).keys(), PIECES_OF_ONE, async (index) => {
        const PartNumber = index + 1;
        const { ETag } = await this.sendPart({ ...upload, PartNumber }, file, {
          start: index * partBytes,
          end: Math.min(size, (index + 1) * partBytes),
        });
        Parts[index] = { ETag, PartNumber };
      });
      await this.requests.send(
        (client, abortSignal) =>
          client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }), {
            abortSignal,
          }),
        // Some stores put the object together while we wait.
        { deadlineMs: TRANSFER_MS },
      );
    } catch (error) {
      // What this misses, the next sweep finds.
      await this.requests
        .send((client, abortSignal) => client.send(new AbortMultipartUploadCommand(upload), { abortSignal }))
        .catch(() => undefined);
      throw error;
    }
  }

  private sendPart(
    part: { Bucket: string; Key: string; UploadId: string | undefined; PartNumber: number },
    file: FileHandle,
    { start, end }: { readonly start: number; readonly end: number },
  ): Promise<{ ETag?: string | undefined }> {
    return this.buffers.with(end - start, async (buffer) => {
      const Body = await bytesAt(file, buffer, start, end - start);
      return this.requests.send(
        (client, abortSignal) => client.send(new UploadPartCommand({ ...part, Body }), { abortSignal }),
        { deadlineMs: TRANSFER_MS },
      );
    });
  }

  private async confirm(key: string, size: number, write: string): Promise<void> {
    const { ContentLength, Metadata } = await this.requests.send((client, abortSignal) =>
      client.send(new HeadObjectCommand(this.at(key)), { abortSignal }),
    );
    if (ContentLength !== size || Metadata?.[WRITE] !== write)
      throw new Problem('vault.unreachable', { logContext: { failure: 'not what was sent' } });
  }

  private at(key: string) {
    return { Bucket: this.requests.bucket, Key: key };
  }
}

async function bytesAt(file: FileHandle, buffer: Buffer, position: number, length: number): Promise<Buffer> {
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw new Error('A file became shorter while it was sent.');
    done += bytesRead;
  }
  return buffer.subarray(0, length);
}

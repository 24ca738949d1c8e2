import { mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import type { ByteSource } from '@vitrine/sealing';
import { isId, isProblem, newId } from '@vitrine/kernel';
import type { Ballast } from '@vitrine/persistence';
import type { BlobName, StoredBlob } from '../blob-store.js';
import { checkedId } from '../checked-id.js';
import { asProblem, ignoreMissing } from '../damage.js';
import type { LocalCopy, NewObject, SealedObjects } from '../sealed-objects.js';
import { FetchedCopy } from './fetched-copy.js';
import { RemoteBytes } from './remote-bytes.js';
import { statusOf } from './s3-failures.js';
import type { S3Requests } from './s3-requests.js';
import { Uploads } from './upload.js';

/** What is to be sent, and what came: `<process>-<id>.copy`. */
const STAGED = /^[0-9a-f]{32}(\.part|-[0-9a-f]{32}\.copy)$/;

/**
 * Objects of an S3-compatible store: `<prefix>/<patientId>/<blobId>`. A new one is written as a file of the staging
 * folder and sent when it is committed; what is read as a whole comes into a file there.
 */
export class S3Objects implements SealedObjects {
  readonly isElsewhere = true;
  readonly pendingFolder: string;
  private readonly uploads: Uploads;
  /** Copies of this process may be in use while what others left is swept. */
  private readonly run = newId();

  /** @param staging is made when it is missing and readable by this process only. */
  constructor(
    private readonly requests: S3Requests,
    private readonly prefix: string,
    private readonly staging: string,
    private readonly ballast: Ballast,
  ) {
    this.pendingFolder = staging;
    this.uploads = new Uploads(requests);
  }

  async create(name: BlobName): Promise<NewObject> {
    await this.ballast.requireRoom();
    const key = this.keyOf(name);
    const path = await this.staged(`${newId()}.part`);
    const file = await open(path, 'wx+', 0o600).catch((error: unknown) => {
      throw asProblem(error);
    });
    let isOver = false;
    const discard = async () => {
      if (isOver) return;
      isOver = true;
      await file.close();
      await unlink(path).catch(ignoreMissing);
    };
    const commit = async () => {
      if (isOver) return;
      isOver = true;
      try {
        await file.close();
        await this.uploads.upload(key, path);
      } catch (error) {
        throw asProblem(error);
      } finally {
        await unlink(path).catch(ignoreMissing);
      }
    };
    return { file, path, commit, discard };
  }

  async open(name: BlobName): Promise<ByteSource> {
    return RemoteBytes.open(this.requests, this.keyOf(name));
  }

  async fetch(name: BlobName, signal?: AbortSignal): Promise<LocalCopy> {
    const key = this.keyOf(name);
    return FetchedCopy.begin(this.requests, key, await this.staged(`${this.run}-${newId()}.copy`), signal);
  }

  /** By reading a byte: the answer to that tells a missing object from a missing bucket, the one to HEAD does not. */
  async stat(name: BlobName): Promise<{ bytes: number } | undefined> {
    try {
      return { bytes: await this.requests.range(this.keyOf(name), { start: 0, end: 1 }, () => undefined) };
    } catch (error) {
      if (isProblem(error, 'vault.damaged')) return undefined;
      throw error;
    }
  }

  async remove(name: BlobName): Promise<void> {
    const command = { Bucket: this.requests.bucket, Key: this.keyOf(name) };
    await this.requests
      .send((client, abortSignal) => client.send(new DeleteObjectCommand(command), { abortSignal }))
      .catch((error: unknown) => {
        if (!isProblem(error, 'vault.damaged')) throw error;
      });
  }

  async patients(): Promise<string[]> {
    const found: string[] = [];
    for await (const { CommonPrefixes = [] } of this.pages('', '/'))
      for (const { Prefix = '' } of CommonPrefixes) {
        const patientId = Prefix.slice(this.prefix.length + 1, -1);
        if (isId(patientId)) found.push(patientId);
      }
    return found;
  }

  async *list(patientId: string): AsyncIterable<StoredBlob> {
    const folder = `${checkedId(patientId)}/`;
    for await (const { Contents = [] } of this.pages(folder))
      for (const { Key = '', Size = 0 } of Contents) {
        const blobId = Key.slice(this.prefix.length + 1 + folder.length);
        if (isId(blobId)) yield { blobId, bytes: Size };
      }
  }

  /** Is there anything below the prefix but the object of this name? */
  async hasOthersThan(name: string): Promise<boolean> {
    for await (const { Contents = [] } of this.pages(''))
      if (Contents.some(({ Key }) => Key !== `${this.prefix}/${name}`)) return true;
    return false;
  }

  async sweep(): Promise<number> {
    let swept = await this.abortUploads();
    for (const name of await readdir(this.staging).catch(none)) {
      if (!STAGED.test(name) || name.startsWith(`${this.run}-`)) continue;
      await unlink(join(this.staging, name)).catch(ignoreMissing);
      swept++;
    }
    return swept;
  }

  private async abortUploads(): Promise<number> {
    const { bucket: Bucket } = this.requests;
    let aborted = 0;
    let place: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (place !== undefined) {
      const command = new ListMultipartUploadsCommand({ Bucket, Prefix: `${this.prefix}/`, ...place });
      const page: ListMultipartUploadsCommandOutput = await this.requests.send((client, abortSignal) =>
        client.send(command, { abortSignal }),
      );
      for (const { Key, UploadId } of page.Uploads ?? []) {
        const abort = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
        await this.requests
          .send((client, abortSignal) => client.send(abort, { abortSignal }))
          .catch((error: unknown) => {
            // Its store may have thrown it away meanwhile.
            if (statusOf((error as Error).cause) !== 404) throw error;
          });
        aborted++;
      }
      const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      place = IsTruncated === true && KeyMarker && UploadIdMarker ? { KeyMarker, UploadIdMarker } : undefined;
    }
    return aborted;
  }

  private async *pages(below: string, delimiter?: string): AsyncGenerator<ListObjectsV2CommandOutput> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.requests.bucket,
        Prefix: `${this.prefix}/${below}`,
        Delimiter: delimiter,
        ContinuationToken: token,
      });
      const page: ListObjectsV2CommandOutput = await this.requests.send((client, abortSignal) =>
        client.send(command, { abortSignal }),
      );
      yield page;
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  private async staged(name: string): Promise<string> {
    await mkdir(this.staging, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw asProblem(error);
    });
    return join(this.staging, name);
  }

  private keyOf({ patientId, blobId }: BlobName): string {
    return `${this.prefix}/${checkedId(patientId)}/${checkedId(blobId)}`;
  }
}

const none = (error: unknown): string[] => {
  ignoreMissing(error);
  return [];
};

import { createHmac, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Problem } from '@vitrine/kernel';
import {
  contextOf,
  derivedKey,
  newKey,
  openedStream,
  plainSize,
  SealBroken,
  sealed,
  SEGMENT_BYTES,
  segmentsOf,
  unwrapKey,
  wrapKey,
  type OpenJob,
  type SealingPool,
  type SealingTerms,
} from '@vitrine/sealing';
import type {
  BlobName,
  BlobRef,
  BlobStore,
  ByteRange,
  LocalFiles,
  PendingBlob,
  SourceFile,
  StoredBlob,
  WriteOptions,
} from './blob-store.js';
import { checkedId } from './checked-id.js';
import { asProblem, brokenIsDamage } from './damage.js';
import type { KeyRing } from './keys/key-ring.js';
import type { Partition } from './keys/partition.js';
import { blobContext, dataKeyContext, parseSeal, sealText, type Seal } from './seal.js';

/** A file is opened in parts of this many segments (16 MiB), so that all threads work on a large one. */
const PART_SEGMENTS = 256;
const FIRST_VERSION = 1;

/** A key that was made for one write, and what the row will keep of it. */
interface NewSeal {
  readonly terms: SealingTerms;
  readonly seal: string;
  readonly digestKey: KeyObject;
}

/**
 * Seals what it is given and keeps it in another store. Each version of a blob has a random key of its own, wrapped
 * by the key of its partition and bound, as are the bytes, to patient, blob and version: what was changed, cut,
 * swapped, moved or rolled back is `vault.damaged`.
 */
export class SealedBlobStore implements BlobStore {
  constructor(
    private readonly inner: BlobStore & LocalFiles,
    private readonly keys: KeyRing,
    private readonly pool: SealingPool,
  ) {}

  async write(
    name: BlobName,
    content: AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<PendingBlob> {
    const { terms, seal, digestKey } = await this.newSeal(name, options);
    const counted = new Counted(content, digestKey, options);
    const pending = await this.inner.write(name, sealed(counted.bytes(), terms), {
      partition: options.partition,
    });
    return {
      ...pending,
      digest: counted.digest(),
      bytes: counted.count,
      seal,
    };
  }

  async writeFile(name: BlobName, source: SourceFile, options: WriteOptions): Promise<PendingBlob> {
    const { terms, seal, digestKey } = await this.newSeal(name, options);
    const from = await open(source.path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const size = source.slice?.bytes ?? (await from.stat()).size;
      const bytes = source.terms === undefined ? size : (plainSize(size) ?? 0);
      if (bytes > (options.maximumBytes ?? Number.POSITIVE_INFINITY))
        throw new Problem('vault.quota-exceeded');
      const target = await this.inner.create(name);
      try {
        const result = await this.pool.run(
          {
            kind: 'seal',
            sourceFd: from.fd,
            sourceTerms: source.terms,
            ...(source.slice === undefined ? {} : { sourceSlice: source.slice }),
            targetFd: target.file.fd,
            terms,
            digestKey,
          },
          options.signal,
        );
        await target.file.sync();
        await target.file.close();
        return { ...result, seal, commit: target.commit, discard: target.discard };
      } catch (error) {
        await target.discard();
        throw asProblem(error);
      }
    } finally {
      await from.close();
    }
  }

  async read(ref: BlobRef, range?: ByteRange): Promise<Readable> {
    if (range !== undefined && range.end <= range.start)
      throw new RangeError('an empty range cannot be read');
    const terms = await this.termsOf(ref);
    const file = await this.inner.open(ref);
    const stream = Readable.from(problems(openedStream(file, terms, range)), { objectMode: false });
    // A stream that is given up before its first byte never gets to the end that closes the file.
    stream.once('close', () => void file.close().catch(() => undefined));
    return stream;
  }

  async copyTo(ref: BlobRef, path: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const terms = await this.termsOf(ref);
    const found = await this.inner.stat(ref);
    if (found === undefined) throw new Problem('vault.damaged');
    const segments = segmentsOf(plainSize(found.bytes) ?? 0);
    const job = { kind: 'open', source: this.inner.pathOf(ref), target: path, terms } as const;
    await brokenIsDamage<unknown>(() =>
      segments <= PART_SEGMENTS
        ? this.pool.run({ ...job, create: true, from: 0, to: segments }, signal)
        : this.openInParts({ ...job, create: false }, segments, signal),
    );
  }

  async stat(name: BlobName): Promise<{ bytes: number } | undefined> {
    const found = await this.inner.stat(name);
    return found && { bytes: plainSize(found.bytes) ?? 0 };
  }

  remove(name: BlobName): Promise<void> {
    return this.inner.remove(name);
  }

  patients(): Promise<string[]> {
    return this.inner.patients();
  }

  async *list(patientId: string): AsyncIterable<StoredBlob> {
    for await (const { blobId, bytes } of this.inner.list(patientId))
      yield { blobId, bytes: plainSize(bytes) ?? 0 };
  }

  sweep(): Promise<number> {
    return this.inner.sweep();
  }

  private async openInParts(
    job: Omit<OpenJob, 'from' | 'to'>,
    segments: number,
    signal: AbortSignal,
  ): Promise<void> {
    const target = await open(job.target, 'wx');
    try {
      await target.chmod(0o444);
      const parts: Promise<unknown>[] = [];
      for (let from = 0; from < segments; from += PART_SEGMENTS)
        parts.push(this.pool.run({ ...job, from, to: Math.min(from + PART_SEGMENTS, segments) }, signal));
      // All of them, or one could still be writing after the caller was told.
      const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected');
      if (failed) throw failed.reason;
    } catch (error) {
      await unlink(job.target);
      throw error;
    } finally {
      await target.close();
    }
  }

  /**
   * Seals a blob that was stored plain, in its place, and answers what its row has to say from then on. May be done
   * again after it was cut off anywhere: the key is derived from the partition's, so bytes that were sealed already
   * are recognised and opened again.
   */
  async sealInPlace(name: BlobName, partition: Partition): Promise<Omit<PendingBlob, 'commit' | 'discard'>> {
    const { key: partitionKey } = await this.keys.forWriting(name.patientId, partition);
    const key = derivedKey(partitionKey, contextOf('plain blob', name.patientId, name.blobId));
    const { terms, seal, digestKey } = await this.newSeal(name, { partition }, key);
    const source = await this.inner.open(name);
    try {
      const already = await digestOf(openedStream(await this.inner.open(name), terms), digestKey);
      if (already !== undefined) return { ...already, seal };
      const target = await this.inner.create(name);
      try {
        const result = await this.pool.run({
          kind: 'seal',
          sourceFd: source.fd,
          sourceTerms: undefined,
          targetFd: target.file.fd,
          terms,
          digestKey,
        });
        await target.file.sync();
        await target.commit();
        return { ...result, seal };
      } catch (error) {
        await target.discard();
        throw asProblem(error);
      }
    } finally {
      await source.close();
    }
  }

  private async newSeal(
    name: BlobName,
    { partition }: Pick<WriteOptions, 'partition'>,
    key = newKey(),
  ): Promise<NewSeal> {
    [name.patientId, name.blobId].forEach(checkedId);
    const { version: keyVersion, key: partitionKey } = await this.keys.forWriting(name.patientId, partition);
    const { key: digestKey } = await this.keys.forWriting(name.patientId, 'digest');
    const facts = { partition, keyVersion, version: FIRST_VERSION };
    const wrappedKey = wrapKey(partitionKey, key, dataKeyContext(name, facts));
    return {
      terms: { key, context: blobContext(name, FIRST_VERSION) },
      seal: sealText({ ...facts, wrappedKey }),
      digestKey,
    };
  }

  private async termsOf(ref: BlobRef): Promise<SealingTerms> {
    [ref.patientId, ref.blobId].forEach(checkedId);
    const seal = parseSeal(ref.seal);
    if (seal === undefined) throw new Problem('vault.damaged');
    return { key: await this.dataKey(ref, seal), context: blobContext(ref, seal.version) };
  }

  private async dataKey(name: BlobName, seal: Seal): Promise<KeyObject> {
    const partitionKey = await this.keys.forReading(name.patientId, seal.partition, seal.keyVersion);
    // eslint-disable-next-line @typescript-eslint/require-await
    return brokenIsDamage(async () => unwrapKey(partitionKey, seal.wrappedKey, dataKeyContext(name, seal)));
  }
}

/** Counts and digests plain bytes on their way to being sealed, and stops them at the limit. */
class Counted {
  count = 0;
  private readonly hmac: ReturnType<typeof createHmac>;

  constructor(
    private readonly content: AsyncIterable<Uint8Array>,
    digestKey: KeyObject,
    private readonly options: Pick<WriteOptions, 'maximumBytes' | 'signal'>,
  ) {
    this.hmac = createHmac('sha256', digestKey);
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    const { maximumBytes = Number.POSITIVE_INFINITY, signal } = this.options;
    for await (const chunk of this.content) {
      signal?.throwIfAborted();
      this.count += chunk.byteLength;
      if (this.count > maximumBytes) throw new Problem('vault.quota-exceeded');
      // In pieces: a large chunk must not hold up the event loop.
      for (let at = 0; at < chunk.byteLength; at += SEGMENT_BYTES) {
        const piece = chunk.subarray(at, at + SEGMENT_BYTES);
        this.hmac.update(piece);
        yield piece;
      }
    }
  }

  digest(): string {
    return this.hmac.digest('hex');
  }
}

/** Undefined when the content does not open. */
async function digestOf(
  content: AsyncIterable<Uint8Array>,
  digestKey: KeyObject,
): Promise<{ bytes: number; digest: string } | undefined> {
  const counted = new Counted(content, digestKey, {});
  try {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars
    for await (const _piece of counted.bytes());
    return { bytes: counted.count, digest: counted.digest() };
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

async function* problems(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw asProblem(error);
  }
}

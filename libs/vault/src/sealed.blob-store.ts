import type { KeyObject } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Problem } from '@vitrine/kernel';
import {
  blobContext,
  contextOf,
  derivedKey,
  Digester,
  newKey,
  openedStream,
  plainSize,
  SealBroken,
  sealed,
  SEGMENT_BYTES,
  unwrap,
  unwrapKey,
  wrap,
  wrapKey,
  type PlainDigests,
  type SealingPool,
  type SealingTerms,
} from '@vitrine/sealing';
import type {
  BlobKey,
  BlobKeys,
  BlobName,
  BlobRef,
  BlobStore,
  ByteRange,
  PendingBlob,
  SourceFile,
  StoredBlob,
  WriteOptions,
} from './blob-store.js';
import { sumsFromBytes, sumsToBytes, type BlobSums } from './blob-sums.js';
import { checkedId } from './checked-id.js';
import { asProblem, brokenIsDamage } from './damage.js';
import type { KeyRing } from './keys/key-ring.js';
import type { Partition } from './keys/partition.js';
import type { LocalCopy, SealedObjects } from './sealed-objects.js';
import { dataKeyContext, parseSeal, sealText, sumsContext, type Seal } from './seal.js';

const FIRST_VERSION = 1;

/** A key that was made for one write, and what the row will keep of it once all bytes are known. */
interface NewSeal {
  readonly terms: SealingTerms;
  readonly sealWith: (sums: BlobSums) => string;
  readonly digestKey: KeyObject;
}

/**
 * Seals what it is given and keeps it as objects that only show their size. Each version of a blob has a random key of its own, wrapped
 * by the key of its partition and bound, as are the bytes, to patient, blob and version: what was changed, cut,
 * swapped, moved or rolled back is `vault.damaged`.
 */
export class SealedBlobStore implements BlobStore, BlobKeys {
  constructor(
    private readonly inner: SealedObjects,
    private readonly keys: KeyRing,
    private readonly pool: SealingPool,
  ) {}

  async write(
    name: BlobName,
    content: AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<PendingBlob> {
    const { terms, sealWith, digestKey } = await this.newSeal(name, options);
    const counted = new Counted(content, digestKey, options);
    const { file, path, commit, discard } = await this.inner.create(name);
    try {
      for await (const part of sealed(counted.bytes(), terms)) await file.writeFile(part);
      await file.sync();
      await file.close();
    } catch (error) {
      await discard();
      throw asProblem(error);
    }
    const digests = counted.digests();
    return {
      digest: digests.digest,
      bytes: counted.count,
      seal: sealWith(digests),
      source: { path, terms },
      commit,
      discard,
    };
  }

  async writeFile(name: BlobName, source: SourceFile, options: WriteOptions): Promise<PendingBlob> {
    const { terms, sealWith, digestKey } = await this.newSeal(name, options);
    const size = source.slice?.bytes ?? (await lstat(source.path)).size;
    const coming = source.terms === undefined ? size : (plainSize(size) ?? 0);
    if (coming > (options.maximumBytes ?? Number.POSITIVE_INFINITY))
      throw new Problem('vault.quota-exceeded');
    const target = await this.inner.create(name);
    try {
      const result = await this.pool.run(
        {
          kind: 'seal',
          source: source.path,
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
      const { digest, bytes } = result;
      const { path, commit, discard } = target;
      return { digest, bytes, seal: sealWith(result), source: { path, terms }, commit, discard };
    } catch (error) {
      await target.discard();
      throw asProblem(error);
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

  get pendingFolder(): string {
    return this.inner.pendingFolder;
  }

  get isElsewhere(): boolean {
    return this.inner.isElsewhere;
  }

  fetch(name: BlobName, signal: AbortSignal): Promise<LocalCopy> {
    return this.inner.fetch(name, signal);
  }

  async keyOf(ref: BlobRef): Promise<BlobKey> {
    const [{ key }, version] = [await this.termsOf(ref), parseSeal(ref.seal)?.version ?? FIRST_VERSION];
    return { key, version };
  }

  /**
   * What was known of the plain bytes when they were sealed; undefined for what an older version sealed without.
   * Throws `vault.damaged` as `read` does.
   */
  async sumsOf(ref: BlobRef): Promise<BlobSums | undefined> {
    const { seal, partitionKey } = await this.opened(ref);
    const { wrappedSums } = seal;
    if (wrappedSums === undefined) return undefined;
    // eslint-disable-next-line @typescript-eslint/require-await
    return brokenIsDamage(async () =>
      sumsFromBytes(unwrap(partitionKey, wrappedSums, sumsContext(ref, seal))),
    );
  }

  /** The seal of the same bytes with sums that were learnt later. */
  async sealWithSums(ref: BlobRef, sums: BlobSums): Promise<string> {
    const { seal, partitionKey } = await this.opened(ref);
    return sealText({ ...seal, wrappedSums: wrap(partitionKey, sumsToBytes(sums), sumsContext(ref, seal)) });
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

  /**
   * Seals a blob that was stored plain, in its place, and answers what its row has to say from then on. May be done
   * again after it was cut off anywhere: the key is derived from the partition's, so bytes that were sealed already
   * are recognised and opened again.
   */
  async sealInPlace(
    name: BlobName,
    partition: Partition,
  ): Promise<Pick<PendingBlob, 'digest' | 'bytes' | 'seal'>> {
    const { key: partitionKey } = await this.keys.forWriting(name.patientId, partition);
    const key = derivedKey(partitionKey, contextOf('plain blob', name.patientId, name.blobId));
    const { terms, sealWith, digestKey } = await this.newSeal(name, { partition }, key);
    const copy = await this.inner.fetch(name);
    try {
      await copy.until(copy.bytes);
      const already = await digestsOf(openedStream(await this.inner.open(name), terms), digestKey);
      if (already !== undefined)
        return { digest: already.digest, bytes: already.bytes, seal: sealWith(already) };
      const target = await this.inner.create(name);
      try {
        const result = await this.pool.run({
          kind: 'seal',
          source: copy.path,
          sourceTerms: undefined,
          targetFd: target.file.fd,
          terms,
          digestKey,
        });
        await target.file.sync();
        await target.commit();
        return { digest: result.digest, bytes: result.bytes, seal: sealWith(result) };
      } catch (error) {
        await target.discard();
        throw asProblem(error);
      }
    } finally {
      await copy.release();
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
      terms: { key, context: blobContext(name.patientId, name.blobId, FIRST_VERSION) },
      sealWith: (sums) =>
        sealText({
          ...facts,
          wrappedKey,
          wrappedSums: wrap(partitionKey, sumsToBytes(sums), sumsContext(name, facts)),
        }),
      digestKey,
    };
  }

  private async termsOf(ref: BlobRef): Promise<SealingTerms> {
    const { seal, partitionKey } = await this.opened(ref);
    const context = dataKeyContext(ref, seal);
    // eslint-disable-next-line @typescript-eslint/require-await
    const key = await brokenIsDamage(async () => unwrapKey(partitionKey, seal.wrappedKey, context));
    return { key, context: blobContext(ref.patientId, ref.blobId, seal.version) };
  }

  private async opened(ref: BlobRef): Promise<{ readonly seal: Seal; readonly partitionKey: KeyObject }> {
    [ref.patientId, ref.blobId].forEach(checkedId);
    const seal = parseSeal(ref.seal);
    if (seal === undefined) throw new Problem('vault.damaged');
    return {
      seal,
      partitionKey: await this.keys.forReading(ref.patientId, seal.partition, seal.keyVersion),
    };
  }
}

/** Counts and digests plain bytes on their way to being sealed, and stops them at the limit. */
class Counted {
  count = 0;
  private readonly digester: Digester;

  constructor(
    private readonly content: AsyncIterable<Uint8Array>,
    digestKey: KeyObject,
    private readonly options: Pick<WriteOptions, 'maximumBytes' | 'signal'>,
  ) {
    this.digester = new Digester(digestKey);
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
        this.digester.update(piece);
        yield piece;
      }
    }
  }

  digests(): PlainDigests {
    return this.digester.digests();
  }
}

/** Undefined when the content does not open. */
async function digestsOf(
  content: AsyncIterable<Uint8Array>,
  digestKey: KeyObject,
): Promise<(PlainDigests & { readonly bytes: number }) | undefined> {
  const counted = new Counted(content, digestKey, {});
  try {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars
    for await (const _piece of counted.bytes());
    return { bytes: counted.count, ...counted.digests() };
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

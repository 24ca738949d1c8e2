import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type EntityManager } from 'typeorm';
import { Clock, isProblem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { BlobCheck, type BlobFinding } from './blob-check.entity.js';
import { BLOB_STORE, type BlobRef } from './blob-store.js';
import type { BlobSums } from './blob-sums.js';
import { Blob } from './blob.entity.js';
import type { SealedBlobStore } from './sealed.blob-store.js';

/** A blob, and what was found when it was last read as a whole. */
export interface KnownBlob extends BlobRef {
  readonly bytes: number;
  /** Undefined until the bytes were read as a whole. */
  readonly finding?: BlobFinding;
}

/** A blob of which it is known what its bytes have to be. */
export interface SummedBlob extends KnownBlob {
  readonly sums: BlobSums;
}

export interface CheckResult {
  readonly blob: KnownBlob;
  readonly finding: BlobFinding;
  /** Sums of intact bytes that were sealed without them. */
  readonly learnt?: BlobSums;
}

export interface CheckCount {
  readonly files: number;
  readonly intact: number;
  readonly damaged: number;
  /** The oldest of the latest checks; null when some were never checked or there is nothing. */
  readonly checkedAt: string | null;
}

/** Called with each piece that was read, and waited for. */
type Pace = (bytes: number) => Promise<void>;

/** To read what an older version sealed without sums; what was learnt until then is kept. */
const LEARNING_MS = 10 * 60_000;
/** Seals that are opened before others get a turn. */
const AT_ONCE = 500;

/** Reads blobs as a whole and remembers whether they are what they were when they came. */
@Injectable()
export class BlobChecks {
  constructor(
    @Inject(BLOB_STORE) private readonly store: SealedBlobStore,
    @InjectRepository(Blob) private readonly blobs: Repository<Blob>,
    @InjectRepository(BlobCheck) private readonly checks: Repository<BlobCheck>,
    private readonly transactor: Transactor,
    private readonly clock: Clock,
  ) {}

  /**
   * Those of the blobs that are the patient's and not known to be damaged, with their sums, by id. Sums come out of the
   * seals; the bytes are read only where an older version sealed them without.
   */
  async summed(patientId: string, blobIds: Iterable<string>): Promise<Map<string, SummedBlob>> {
    const wanted = new Set(blobIds);
    const [blobs, checks] = await Promise.all([
      this.blobs.findBy({ patientId }),
      this.checks.findBy({ patientId }),
    ]);
    const findings = new Map(checks.map(({ blobId, finding }) => [blobId, finding]));
    const summed = new Map<string, SummedBlob>();
    const unknown: KnownBlob[] = [];
    for (const [at, row] of blobs.filter(({ id }) => wanted.has(id)).entries()) {
      const blob = known(row, findings.get(row.id));
      if (blob.finding === 'damaged') continue;
      if (at % AT_ONCE === AT_ONCE - 1) await new Promise(setImmediate);
      const sums = await this.sumsOf(blob);
      if (sums === undefined) unknown.push(blob);
      else summed.set(blob.blobId, { ...blob, sums });
    }
    for (const { blob, learnt } of await this.learn(unknown))
      if (learnt !== undefined) summed.set(blob.blobId, { ...blob, sums: learnt });
    return summed;
  }

  /** Those that were not checked since `before`, the ones never checked first, then the longest unchecked. */
  async due(before: string, limit: number): Promise<KnownBlob[]> {
    const rows = await this.blobs.manager.sql<(Blob & Partial<BlobCheck>)[]>`
      SELECT b."id", b."patientId", b."seal", b."bytes", c."finding" FROM "blob" b
        LEFT JOIN "blob_check" c ON c."blobId" = b."id"
       WHERE c."checkedAt" IS NULL OR c."checkedAt" < ${before}
       ORDER BY c."checkedAt" NULLS FIRST, b."createdAt", b."id" LIMIT ${limit}`;
    return rows.map((row) => known(row, row.finding ?? undefined));
  }

  /**
   * Reads a blob from end to end. Bytes that do not open, other bytes than came in, or none, are `damaged`; a store that
   * cannot be asked proves nothing and its error is thrown.
   */
  async read(blob: KnownBlob, signal: AbortSignal, pace?: Pace): Promise<CheckResult> {
    const hash = createHash('sha256');
    let crc = 0;
    let bytes = 0;
    let kept: BlobSums | undefined;
    try {
      kept = await this.store.sumsOf(blob);
      for await (const untrustedChunk of await this.store.read(blob)) {
        const chunk = untrustedChunk as Uint8Array;
        signal.throwIfAborted();
        hash.update(chunk);
        crc = crc32(chunk, crc);
        bytes += chunk.byteLength;
        await pace?.(chunk.byteLength);
      }
    } catch (error) {
      // EIO is what a disk answers where it cannot read its own surface.
      if (!isProblem(error, 'vault.damaged') && (error as NodeJS.ErrnoException).code !== 'EIO') throw error;
      return { blob, finding: 'damaged' };
    }
    const sums = { sha256: hash.digest('hex'), crc32: crc };
    const fits = kept === undefined || (kept.sha256 === sums.sha256 && kept.crc32 === sums.crc32);
    if (bytes !== blob.bytes || !fits) return { blob, finding: 'damaged' };
    return { blob, finding: 'intact', ...(kept === undefined ? { learnt: sums } : {}) };
  }

  /** Remembers results, of blobs that are still there. Returns those that are damaged and were not known to be. */
  async remember(results: readonly CheckResult[]): Promise<KnownBlob[]> {
    if (results.length === 0) return [];
    return this.transactor.run(async (manager) => {
      const ids = results.map(({ blob }) => blob.blobId);
      const seals = new Map((await manager.findBy(Blob, { id: In(ids) })).map(({ id, seal }) => [id, seal]));
      const before = new Map(
        (await manager.findBy(BlobCheck, { blobId: In(ids) })).map((check) => [check.blobId, check.finding]),
      );
      // What was put in the place of damaged bytes meanwhile was not read.
      const kept = results.filter(({ blob }) => seals.get(blob.blobId) === blob.seal);
      const checkedAt = this.clock.instant();
      for (const { blob, finding, learnt } of kept) {
        const { blobId, patientId } = blob;
        await manager.upsert(BlobCheck, { blobId, patientId, checkedAt, finding }, ['blobId']);
        if (learnt !== undefined) await this.keepSums(manager, blob, learnt);
      }
      return kept
        .filter(({ blob, finding }) => finding === 'damaged' && before.get(blob.blobId) !== 'damaged')
        .map(({ blob }) => blob);
    });
  }

  /** Of the blobs that files of this patient's record are, by the ids of the blobs. */
  async count(patientId: string, blobIds: readonly string[]): Promise<CheckCount> {
    const wanted = new Set(blobIds);
    const checks = (await this.checks.findBy({ patientId })).filter(({ blobId }) => wanted.has(blobId));
    const oldest = checks.map(({ checkedAt }) => checkedAt).sort()[0];
    return {
      files: wanted.size,
      intact: checks.filter(({ finding }) => finding === 'intact').length,
      damaged: checks.filter(({ finding }) => finding === 'damaged').length,
      checkedAt: checks.length === wanted.size ? (oldest ?? null) : null,
    };
  }

  /** Ids of the patient's blobs that are known to be damaged. */
  async damaged(patientId: string): Promise<Set<string>> {
    return new Set((await this.checks.findBy({ patientId, finding: 'damaged' })).map(({ blobId }) => blobId));
  }

  /** Forgets the checks of blobs that are gone. */
  async sweep(): Promise<void> {
    await this.transactor.run((manager) =>
      manager.query('DELETE FROM "blob_check" WHERE "blobId" NOT IN (SELECT "id" FROM "blob")'),
    );
  }

  /** Undefined also for a seal that does not open: reading the blob says what that means. */
  private async sumsOf(blob: BlobRef): Promise<BlobSums | undefined> {
    try {
      return await this.store.sumsOf(blob);
    } catch (error) {
      if (!isProblem(error, 'vault.damaged')) throw error;
      return undefined;
    }
  }

  private async learn(blobs: readonly KnownBlob[]): Promise<CheckResult[]> {
    const results: CheckResult[] = [];
    const signal = AbortSignal.timeout(LEARNING_MS);
    try {
      for (const blob of blobs) results.push(await this.read(blob, signal));
    } finally {
      for (let at = 0; at < results.length; at += AT_ONCE)
        await this.remember(results.slice(at, at + AT_ONCE));
    }
    return results;
  }

  private async keepSums(manager: EntityManager, blob: BlobRef, sums: BlobSums): Promise<void> {
    const seal = await this.store.sealWithSums(blob, sums);
    await manager.update(Blob, { id: blob.blobId, patientId: blob.patientId }, { seal });
  }
}

const known = (
  blob: Pick<Blob, 'id' | 'patientId' | 'seal' | 'bytes'>,
  finding?: BlobFinding,
): KnownBlob => ({
  blobId: blob.id,
  patientId: blob.patientId,
  seal: blob.seal,
  bytes: blob.bytes,
  ...(finding === undefined ? {} : { finding }),
});

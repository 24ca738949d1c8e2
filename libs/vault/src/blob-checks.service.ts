import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { Clock, isProblem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { BlobCheck, type BlobFinding } from './blob-check.entity.js';
import { BLOB_STORE, type BlobStore } from './blob-store.js';
import { Blob } from './blob.entity.js';

/** A blob, and what is known of its bytes. */
export interface KnownBlob {
  readonly blobId: string;
  readonly patientId: string;
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** Undefined until the bytes were read as a whole. */
  readonly finding?: BlobFinding;
  readonly crc32?: number;
}

export interface CheckResult {
  readonly blob: KnownBlob;
  readonly finding: BlobFinding;
  readonly crc32: number | null;
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

/** Reads blobs as a whole and remembers whether they are what they were when they came. */
@Injectable()
export class BlobChecks {
  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    @InjectRepository(Blob) private readonly blobs: Repository<Blob>,
    @InjectRepository(BlobCheck) private readonly checks: Repository<BlobCheck>,
    private readonly transactor: Transactor,
    private readonly clock: Clock,
  ) {}

  /** Every blob of a patient, by id. */
  async ofPatient(patientId: string): Promise<Map<string, KnownBlob>> {
    const [blobs, checks] = await Promise.all([
      this.blobs.findBy({ patientId }),
      this.checks.findBy({ patientId }),
    ]);
    const found = new Map(checks.map((check) => [check.blobId, check]));
    return new Map(blobs.map((blob) => [blob.id, known(blob, found.get(blob.id))]));
  }

  /** Those that were not checked since `before`, the ones never checked first, then the longest unchecked. */
  async due(before: string, limit: number): Promise<KnownBlob[]> {
    const rows = await this.blobs.manager.query<(Blob & Partial<BlobCheck>)[]>(
      `SELECT b.id, b.patientId, b.sha256, b.bytes, c.finding, c.crc32 FROM blob b
         LEFT JOIN blob_check c ON c.blobId = b.id
        WHERE c.checkedAt IS NULL OR c.checkedAt < ? ORDER BY c.checkedAt, b.createdAt, b.id LIMIT ?`,
      [before, limit],
    );
    return rows.map((row) => known(row as Blob, row.finding ? (row as unknown as BlobCheck) : undefined));
  }

  /**
   * Reads a blob from end to end. Other bytes than came in, or none, are `damaged`; a store that cannot be asked
   * proves nothing and its error is thrown.
   */
  async read(blob: KnownBlob, signal: AbortSignal, pace?: Pace): Promise<CheckResult> {
    const hash = createHash('sha256');
    let crc = 0;
    let bytes = 0;
    try {
      const content = await this.store.read(blob.patientId, blob.blobId);
      for await (const untrustedChunk of content) {
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
      return { blob, finding: 'damaged', crc32: null };
    }
    return bytes === blob.bytes && hash.digest('hex') === blob.sha256
      ? { blob, finding: 'intact', crc32: crc }
      : { blob, finding: 'damaged', crc32: null };
  }

  /** Remembers results, of blobs that are still there. Returns those that are damaged and were not known to be. */
  async remember(results: readonly CheckResult[]): Promise<KnownBlob[]> {
    if (results.length === 0) return [];
    return this.transactor.run(async (manager) => {
      const ids = results.map(({ blob }) => blob.blobId);
      const there = new Set((await manager.findBy(Blob, { id: In(ids) })).map(({ id }) => id));
      const before = new Map(
        (await manager.findBy(BlobCheck, { blobId: In(ids) })).map((check) => [check.blobId, check.finding]),
      );
      const kept = results.filter(({ blob }) => there.has(blob.blobId));
      const checkedAt = this.clock.instant();
      for (const { blob, finding, crc32 } of kept)
        await manager.upsert(
          BlobCheck,
          { blobId: blob.blobId, patientId: blob.patientId, checkedAt, finding, crc32 },
          ['blobId'],
        );
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
      manager.query('DELETE FROM blob_check WHERE blobId NOT IN (SELECT id FROM blob)'),
    );
  }
}

const known = (blob: Blob, check: BlobCheck | undefined): KnownBlob => ({
  blobId: blob.id,
  patientId: blob.patientId,
  sha256: blob.sha256,
  bytes: blob.bytes,
  ...(check === undefined ? {} : { finding: check.finding }),
  ...(check?.crc32 == null ? {} : { crc32: check.crc32 }),
});

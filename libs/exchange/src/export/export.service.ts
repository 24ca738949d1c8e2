import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AuditService, type AuditAgent } from '@vitrine/audit';
import { DriveTransfer, type DriveFile } from '@vitrine/drive';
import { isProblem, LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { RecordsService, type ItemWithFiles } from '@vitrine/records';
import { BlobChecks, VaultService, type ByteRange } from '@vitrine/vault';
import { directoryOf } from './export-directory.js';
import { ExportLocks } from './export-locks.js';
import { layOutExport, type PlacedFile } from './export-layout.js';
import { VaultSources, madeSource } from './export-source.js';
import { fhirIndex, type ExportPerson } from './fhir-index.js';
import { readmeOf } from './readme.js';
import { ZipArchive, type ZipSource } from './zip-archive.js';

/** A record on its way out: what it will be is known before any of it is made. */
export interface Export {
  readonly bytes: number;
  /** Strong: the same value means the same bytes, all of them. */
  readonly etag: string;
  /**
   * Makes the bytes while they are read; to be read to the end or returned. The signal ends also what is read ahead of
   * the next byte, which can be a whole file.
   */
  read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

const AT_ONCE_PER_PATIENT = 6;
/** Changed whenever the same record would make other bytes. */
const LAYOUT_VERSION = 2;
const CHECKSUMS = 'CHECKSUMS.sha256';

/** Hands a record out, whole or in part, in one archive that other programs understand. */
@Injectable()
export class ExportService {
  private readonly running = new Map<string, number>();

  constructor(
    private readonly records: RecordsService,
    private readonly drive: DriveTransfer,
    private readonly vault: VaultService,
    private readonly checks: BlobChecks,
    private readonly locks: ExportLocks,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Everything that the patient keeps, with what the network drive has besides, or these items of it. Throws `delegation.not-visible` unless every one is the
   * patient's and kept.
   *
   * @param lockId seals it with the passphrase of this lock (`ExportLocks`).
   */
  async open(person: ExportPerson, itemIds?: readonly string[], lockId?: string): Promise<Export> {
    const items =
      itemIds === undefined
        ? await this.records.everything(person.id)
        : await this.records.openable(person.id, itemIds);
    const driveFiles = itemIds === undefined ? await this.besides(person.id, items) : [];
    const sources = new VaultSources(this.vault, this.checks, ({ blob: { patientId, blobId } }) =>
      this.logger.error({ patientId, blobId }, 'an export met a damaged file'),
    );
    const { parts, etag } = await this.plan(person, items, driveFiles, sources);
    const sealer = lockId === undefined ? undefined : this.locks.sealer(person.id, lockId, etag);
    const archive = new ZipArchive(parts, sealer);
    return {
      bytes: archive.bytes,
      etag: lockId === undefined ? etag : `${etag.slice(0, -1)}-${lockId.slice(0, 8)}"`,
      read: (range, signal) => this.counted(person.id, archive.read(range, signal), sources),
    };
  }

  /** Records that the originals leave the house. A download that goes on where it stopped leaves a line as well. */
  async recordExport(
    person: ExportPerson,
    agent: AuditAgent,
    facts: {
      readonly itemIds: readonly string[] | undefined;
      readonly bytes: number;
      readonly from: number;
      readonly sealed: boolean;
    },
  ): Promise<void> {
    await this.transactor.run((manager) =>
      this.audit.record(manager, {
        action: 'record.exported',
        agent,
        patientId: person.id,
        entities: (facts.itemIds ?? []).map((id) => ({ kind: 'item' as const, id })),
        details: {
          everything: facts.itemIds === undefined,
          bytes: facts.bytes,
          from: facts.from,
          sealed: facts.sealed,
        },
      }),
    );
  }

  /** What lies in the network drive and in none of the items. */
  private async besides(patientId: string, items: readonly ItemWithFiles[]): Promise<DriveFile[]> {
    const there = new Set(items.flatMap(({ files }) => files.map(({ blobId }) => blobId)));
    return (await this.drive.files(patientId)).filter(({ blobId }) => !there.has(blobId));
  }

  private async plan(
    person: ExportPerson,
    items: readonly ItemWithFiles[],
    driveFiles: readonly DriveFile[],
    sources: VaultSources,
  ): Promise<{ parts: ZipSource[]; etag: string }> {
    const stored = [...items.flatMap(({ files }) => files), ...driveFiles];
    const blobs = await this.checks.summed(
      person.id,
      stored.map(({ blobId }) => blobId),
    );
    const layout = layOutExport(items, driveFiles, blobs);
    const { files } = layout;
    const all = [...files, ...layout.driveFiles];
    // Whatever is ours in it bears the time of the latest change, so that nothing depends on when it is asked for.
    const latest =
      [...items.map(({ item }) => item.addedAt), ...driveFiles.map(({ modifiedAt }) => modifiedAt)]
        .sort()
        .at(-1) ?? new Date(0).toISOString();
    const made: [string, Buffer][] = [['README.TXT', Buffer.from(readmeOf(person, layout))]];
    const directory = await directoryOf(files, (file, bytes) => this.readStart(file, bytes));
    if (directory !== undefined) made.push(['DICOMDIR', directory]);
    made.push(['index.fhir.json', Buffer.from(fhirIndex(person, files, latest))]);
    const sums = [
      ...made.map(([name, content]) => [createHash('sha256').update(content).digest('hex'), name] as const),
      ...all.map(({ blob, path }) => [blob.sums.sha256, path.join('/')] as const),
    ];
    const checksums = Buffer.from(sums.map(([sum, name]) => `${sum}  ${name}\n`).join(''));
    const at = new Date(latest);
    const etag = createHash('sha256').update(`${LAYOUT_VERSION}\n${latest}\n`);
    for (const { at: time } of all) etag.update(time);
    etag.update(checksums);
    return {
      parts: [
        ...[...made, [CHECKSUMS, checksums] as const].map(([name, content]) => madeSource(name, content, at)),
        ...all.map((file) => sources.of(file)),
      ],
      etag: `"${etag.digest('base64url')}"`,
    };
  }

  private async readStart({ item, blob }: PlacedFile, bytes: number): Promise<Uint8Array> {
    if (blob.bytes === 0) return new Uint8Array(0);
    const chunks: Uint8Array[] = [];
    try {
      const range = { start: 0, end: Math.min(bytes, blob.bytes) };
      for await (const chunk of await this.vault.open(item.patientId, blob.blobId, range))
        chunks.push(chunk as Uint8Array);
    } catch (error) {
      // Its turn comes when the file itself is sent; a directory without its date is no reason to send nothing.
      if (!isProblem(error, 'vault.damaged')) throw error;
    }
    return Buffer.concat(chunks);
  }

  private async *counted(
    patientId: string,
    content: AsyncGenerator<Uint8Array>,
    sources: VaultSources,
  ): AsyncGenerator<Uint8Array> {
    const running = this.running.get(patientId) ?? 0;
    if (running >= AT_ONCE_PER_PATIENT) throw new Problem('kernel.too-many-requests');
    this.running.set(patientId, running + 1);
    try {
      yield* content;
    } finally {
      const left = (this.running.get(patientId) ?? 1) - 1;
      if (left > 0) this.running.set(patientId, left);
      else this.running.delete(patientId);
      await sources.flush();
    }
  }
}

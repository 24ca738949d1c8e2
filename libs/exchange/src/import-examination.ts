import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceFacts } from '@vitrine/dicom';
import type { DriveFile } from '@vitrine/drive';
import type { ProblemCode } from '@vitrine/kernel';
import { newKey } from '@vitrine/sealing';
import type { NewFile } from '@vitrine/records';
import type { Partition, PreparedFile, SourceFile, StoredFile, VaultService } from '@vitrine/vault';
import type { Examiner } from './examiner/examiner.js';
import { drivePaths } from './export/exported-drive.js';
import { partTerms } from './examiner/part-terms.js';
import type { Answer } from './recognition/answer.js';
import type { ImportReport } from './import-report.js';
import type { VirusScanner } from './scanner/virus-scanner.js';
import type { UploadStore } from './uploads/upload-store.js';

// So many are flushed at the same time; a medium does the same work for one as for many of them.
const PUTS_AT_ONCE = 32;
/** So many are put into the patient's folder at one go: a flush of it and a transaction. */
const KEPT_TOGETHER = 100;
// Made once: it is what takes the time of a comparison.
const byNumber = new Intl.Collator('en', { numeric: true });
/** Files that the examiner has been asked about, of which the first is dealt with. */
const ASKED_AHEAD = 16;
// A ZIP in a ZIP happens (a hospital packs a disc, the patient packs the folder); more is a trap.
const DEEPEST_ARCHIVE = 2;

export interface ExaminationProgress {
  found(files: number): void;
  examined(): void;
}

/** What a door says of what was recognised: a reason to refuse it, or nothing. */
export type Objection = (answer: Answer) => ProblemCode | undefined;

/** A file that came in whole, and how far a door has come with it. */
export interface OfferedFile {
  readonly source: SourceFile;
  readonly untrustedName: string;
  /** The same bytes, sealed for the record already. Whoever offers them discards what was not kept in the end. */
  readonly prepared?: PreparedFile;
  /** What the examiner said of it while others came in. */
  readonly answer?: Promise<Answer> | undefined;
}

/** What a door that waits for the end asks for. */
export interface ExaminationOrder {
  /** All that it received. */
  readonly files: readonly OfferedFile[];
  readonly objection: Objection;
}

/** A file that is looked at: an upload, or an entry of an archive. */
interface Candidate extends OfferedFile {
  /** How many archives it lies in. */
  readonly depth: number;
}

/** How a file is stored. */
interface Storing {
  readonly partition: Partition;
  readonly flagged: boolean;
  readonly dicom?: InstanceFacts | undefined;
}

/** A file that is sealed but not kept yet, and what its blob is for. */
interface Prepared {
  readonly file: PreparedFile;
  readonly stored: (blob: StoredFile) => void;
}

/** Looks at every file of one import and puts into the vault what the record can use. */
export class ImportExamination {
  private readonly files: NewFile[] = [];
  private readonly broughtFiles: Pick<DriveFile, 'path' | 'blobId' | 'bytes'>[] = [];
  /** Files that are being sealed, and groups of them that are being kept. */
  private readonly puts = new Set<Promise<void>>();
  private prepared: Prepared[] = [];
  /** Bytes that archives may still unpack to. */
  private room = 0;

  constructor(
    private readonly importId: string,
    private readonly patientId: string,
    private readonly examiner: Examiner,
    private readonly vault: VaultService,
    private readonly uploads: UploadStore,
    private readonly report: ImportReport,
    private readonly progress: ExaminationProgress,
    private readonly signal: AbortSignal,
    private readonly scanner: VirusScanner | undefined,
    /** The patient adds to the own record; then an export brings back its part of the network drive. */
    private readonly isOwn: boolean,
    private readonly order?: ExaminationOrder,
  ) {}

  /** The usable files, with their bytes in the vault. Throws for the failures of our own: no room, no examiner. */
  async run(): Promise<NewFile[]> {
    this.room = await this.vault.roomFor(this.patientId);
    const { files, unfinished } = this.order
      ? { files: this.order.files, unfinished: 0 }
      : await this.uploads.received(this.importId);
    this.progress.found(files.length);
    if (unfinished > 0) this.report.say('', 'exchange.incomplete', 'unfinished');
    try {
      await this.lookAtAll(files.map((file: OfferedFile) => ({ ...file, depth: 0 })));
      await this.settled();
      this.keepPrepared();
      await this.settled();
    } catch (error) {
      // All of them, or one could still come to the folder after the caller was told.
      await Promise.allSettled(this.puts);
      await this.vault.discard(this.prepared.map(({ file }) => file));
      throw error;
    }
    return this.files.sort((a, b) => byNumber.compare(a.untrustedName, b.untrustedName));
  }

  /** Blobs that were stored so far. */
  get blobIds(): string[] {
    return [...this.files, ...this.broughtFiles].map(({ blobId }) => blobId);
  }

  /** What belongs into the network drive; its bytes are in the vault as well. */
  get driveFiles(): readonly Pick<DriveFile, 'path' | 'blobId' | 'bytes'>[] {
    return this.broughtFiles;
  }

  /** What was in a drive goes back there as it is, and is no part of the record; everything else is looked at. */
  private async lookAtAll(candidates: readonly Candidate[]): Promise<void> {
    const pathOf = drivePaths(candidates.map(({ untrustedName }) => untrustedName));
    const others: Candidate[] = [];
    for (const candidate of candidates) {
      // What is in the drive already and is offered from there stays where it is.
      const isFromDrive = this.order !== undefined && candidate.depth === 0;
      const path = this.isOwn && !isFromDrive ? pathOf(candidate.untrustedName) : undefined;
      if (path === undefined) {
        others.push(candidate);
        continue;
      }
      await this.store(candidate, { partition: 'medical', flagged: false }, ({ blobId, bytes }) =>
        this.broughtFiles.push({ path, blobId, bytes }),
      );
      this.progress.examined();
    }
    await this.askAboutAll(others);
  }

  /** Asks about the next ones while one is dealt with. */
  private async askAboutAll(candidates: readonly Candidate[]): Promise<void> {
    const asked: Promise<Answer>[] = [];
    let next = 0;
    for (const candidate of candidates) {
      for (const one of candidates.slice(next, next + ASKED_AHEAD - asked.length)) {
        const answer = one.answer ?? this.examiner.recognise(one.source, one.untrustedName, this.signal);
        // Where it ends before their turn, nobody waits for them.
        answer.catch(() => undefined);
        asked.push(answer);
        next++;
      }
      const answer = await asked.shift();
      if (answer !== undefined) await this.deal(candidate, answer);
    }
  }

  private async deal(candidate: Candidate, answer: Answer): Promise<void> {
    const { untrustedName } = candidate;
    const objection = this.order?.objection(answer);
    if (objection !== undefined) {
      this.report.refused(untrustedName, objection, answer.kind === 'file' ? answer.dicom : undefined);
      this.progress.examined();
      return;
    }
    switch (answer.kind) {
      case 'archive':
        await this.lookInto(candidate);
        break;
      case 'empty':
        this.report.say(untrustedName, 'exchange.unknown-format', 'empty');
        break;
      case 'ignored':
        this.report.ignored(untrustedName);
        break;
      case 'refused':
        this.report.refused(untrustedName, answer.code);
        break;
      case 'file': {
        const { format, dicom, document, index, takenOn } = answer;
        const storing = { partition: partitionOf(answer), flagged: answer.flagged, dicom };
        await this.store(candidate, storing, ({ blobId, bytes }) =>
          this.files.push({
            blobId,
            bytes,
            untrustedName,
            format,
            ...(dicom === undefined ? {} : { dicom }),
            ...(document === undefined ? {} : { document }),
            ...(index === undefined ? {} : { index }),
            ...(takenOn === undefined ? {} : { takenOn }),
          }),
        );
        break;
      }
    }
    this.progress.examined();
  }

  private async lookInto({ source, untrustedName, depth }: Candidate): Promise<void> {
    if (depth >= DEEPEST_ARCHIVE) {
      this.report.say(untrustedName, 'exchange.archive-bomb', 'nested');
      return;
    }
    const folder = await this.uploads.scratch(this.importId);
    // In memory only: what a crash leaves in the folder can never be read.
    const key = newKey();
    try {
      const unpacked = await this.examiner.unpack(source, { folder, key }, this.room, this.signal);
      if (unpacked.refused === 'vault.disk-full') throw new DiskFull();
      if (unpacked.refused !== null) {
        this.report.refused(untrustedName, unpacked.refused);
        return;
      }
      for (const { untrustedName: entry, code } of unpacked.refusedEntries) this.report.refused(entry, code);
      if (unpacked.emptyEntries > 0) this.report.say(untrustedName, 'exchange.ignored', 'empty-entries');
      this.progress.found(unpacked.entries.length);
      await this.lookAtAll(
        unpacked.entries.map(({ part, untrustedName: entry }) => ({
          source: { path: join(folder, String(part)), terms: partTerms(key, part) },
          untrustedName: entry,
          depth: depth + 1,
        })),
      );
    } finally {
      await Promise.allSettled(this.puts);
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Stores while the next file is looked at already. `stored` is called when it survives a power cut. */
  private async store(
    candidate: Candidate,
    storing: Storing,
    stored: (blob: StoredFile) => void,
  ): Promise<void> {
    while (this.puts.size >= PUTS_AT_ONCE) await Promise.race(this.puts);
    this.putting(this.scanAndPrepare(candidate, storing, stored));
  }

  private async scanAndPrepare(
    { source, untrustedName, prepared }: Candidate,
    { partition, flagged, dicom }: Storing,
    stored: (blob: StoredFile) => void,
  ): Promise<void> {
    const verdict = await this.scanner?.scan(source, this.signal);
    if (verdict?.kind === 'found') {
      this.report.infected(untrustedName, verdict.signature, dicom);
      return;
    }
    if (flagged) this.report.flagged(untrustedName);
    if (verdict?.kind === 'too-large') this.report.say(untrustedName, 'exchange.not-scanned', 'unscanned');
    const options = { partition, signal: this.signal };
    const file =
      prepared?.partition === partition
        ? prepared
        : await this.vault.prepareFile(this.patientId, source, options);
    this.prepared.push({ file, stored });
    if (this.prepared.length >= KEPT_TOGETHER) this.keepPrepared();
  }

  private keepPrepared(): void {
    const group = this.prepared;
    this.prepared = [];
    if (group.length === 0) return;
    const keeping = this.vault.keepAll(group.map(({ file }) => file));
    this.putting(keeping.then((blobs) => blobs.forEach((blob, index) => group[index]?.stored(blob))));
  }

  private putting(work: Promise<void>): void {
    const put = work.then(() => {
      this.puts.delete(put);
    });
    // A failure stays in the set and ends the examination where it is awaited; here it must not end the process.
    put.catch(() => undefined);
    this.puts.add(put);
  }

  /** When nothing is being put any more. Throws what a put threw. */
  private async settled(): Promise<void> {
    while (this.puts.size > 0) await Promise.race(this.puts);
  }
}

const GENOME: ReadonlySet<NewFile['format']> = new Set([
  'bam',
  'cram',
  'vcf',
  'bcf',
  'fasta',
  'bed',
  'gff',
  'genotype',
  'index',
]);

/** The part of the record that a file belongs to. */
const partitionOf = ({ format, document }: Pick<NewFile, 'format' | 'document'>): Partition =>
  document?.part ?? (format === 'dicom' ? 'imaging' : GENOME.has(format) ? 'genome' : 'medical');

/** The examiner found no room for the entries of an archive. */
export class DiskFull extends Error {}

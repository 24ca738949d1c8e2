import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProblemCode } from '@vitrine/kernel';
import { newKey } from '@vitrine/sealing';
import type { NewFile } from '@vitrine/records';
import type { Partition, SourceFile, VaultService } from '@vitrine/vault';
import type { Examiner } from './examiner/examiner.js';
import { partTerms } from './examiner/part-terms.js';
import type { Answer } from './recognition/answer.js';
import type { ImportReport } from './import-report.js';
import type { VirusScanner } from './scanner/virus-scanner.js';
import type { UploadStore } from './uploads/upload-store.js';

// So many share flushes and transactions; a medium does the same work for one as for many of them.
const PUTS_AT_ONCE = 32;
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

/** A file that is looked at: an upload, or an entry of an archive. */
interface Candidate {
  readonly source: SourceFile;
  readonly untrustedName: string;
  /** How many archives it lies in. */
  readonly depth: number;
}

type RecognisedFile = Extract<Answer, { readonly kind: 'file' }>;

/** Looks at every file of one import and puts into the vault what the record can use. */
export class ImportExamination {
  private readonly files: NewFile[] = [];
  private readonly puts = new Set<Promise<void>>();
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
    private readonly objection: Objection = () => undefined,
    private readonly scanner?: VirusScanner,
  ) {}

  /** The usable files, with their bytes in the vault. Throws for the failures of our own: no room, no examiner. */
  async run(): Promise<NewFile[]> {
    this.room = await this.vault.roomFor(this.patientId);
    const { files, unfinished } = await this.uploads.received(this.importId);
    this.progress.found(files.length);
    if (unfinished > 0) this.report.say('', 'exchange.incomplete', 'unfinished');
    try {
      await this.lookAtAll(files.map(({ source, untrustedName }) => ({ source, untrustedName, depth: 0 })));
    } finally {
      await Promise.allSettled(this.puts);
    }
    await Promise.all(this.puts);
    return this.files.sort((a, b) => a.untrustedName.localeCompare(b.untrustedName, 'en', { numeric: true }));
  }

  /** Blobs that were stored so far. */
  get blobIds(): string[] {
    return this.files.map(({ blobId }) => blobId);
  }

  /** Asks about the next ones while one is dealt with. */
  private async lookAtAll(candidates: readonly Candidate[]): Promise<void> {
    const asked: Promise<Answer>[] = [];
    let next = 0;
    for (const candidate of candidates) {
      for (const { source, untrustedName } of candidates.slice(next, next + ASKED_AHEAD - asked.length)) {
        const answer = this.examiner.recognise(source, untrustedName, this.signal);
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
    const objection = this.objection(answer);
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
        const { format, dicom, document, index } = answer;
        await this.store(candidate, answer, (blobId, bytes) =>
          this.files.push({
            blobId,
            bytes,
            untrustedName,
            format,
            ...(dicom === undefined ? {} : { dicom }),
            ...(document === undefined ? {} : { document }),
            ...(index === undefined ? {} : { index }),
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

  /** Stores while the next file is looked at already. */
  private async store(
    candidate: Candidate,
    answer: RecognisedFile,
    stored: (blobId: string, bytes: number) => void,
  ): Promise<void> {
    while (this.puts.size >= PUTS_AT_ONCE) await Promise.race(this.puts);
    const put = this.scanAndPut(candidate, answer, stored).then(() => {
      this.puts.delete(put);
    });
    // A failure stays in the set and ends the examination where it is awaited; here it must not end the process.
    put.catch(() => undefined);
    this.puts.add(put);
  }

  private async scanAndPut(
    { source, untrustedName }: Candidate,
    answer: RecognisedFile,
    stored: (blobId: string, bytes: number) => void,
  ): Promise<void> {
    const verdict = await this.scanner?.scan(source, this.signal);
    if (verdict?.kind === 'found') {
      this.report.infected(untrustedName, verdict.signature, answer.dicom);
      return;
    }
    if (answer.flagged) this.report.flagged(untrustedName);
    if (verdict?.kind === 'too-large') this.report.say(untrustedName, 'exchange.not-scanned', 'unscanned');
    const options = { partition: partitionOf(answer), signal: this.signal };
    const { blobId, bytes } = await this.vault.putFile(this.patientId, source, options);
    stored(blobId, bytes);
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

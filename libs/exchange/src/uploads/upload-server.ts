import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Server } from '@tus/server';
import { Repository } from 'typeorm';
import { isId, LOGGER, Problem, SETTINGS, type Logger, type Settings } from '@vitrine/kernel';
import { VaultService } from '@vitrine/vault';
import { Import } from '../import.entity.js';
import { UploadFiles } from './upload-files.js';
import { importOfUpload } from './upload-names.js';
import { UploadStore } from './upload-store.js';

export const UPLOADS_PATH = '/api/uploads';
/** Files that one import may bring; a whole-body study has some ten thousand. */
const FILES_PER_IMPORT = 100_000;
const LONGEST_METADATA = 4096;

interface Visit {
  readonly accountId: string;
}

/** Answers tus requests (tus.io, version 1.0): uploads that go on after a cut where they stopped. */
@Injectable()
export class UploadServer {
  private readonly visits = new AsyncLocalStorage<Visit>();
  private readonly server: Server;
  private readonly files: UploadFiles;
  /** What was announced for each import since this process started. */
  private readonly announced = new Map<string, { files: number; bytes: number }>();

  constructor(
    private readonly store: UploadStore,
    @InjectRepository(Import) private readonly imports: Repository<Import>,
    private readonly vault: VaultService,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.files = new UploadFiles(store, () => refusal(new Problem('vault.disk-full')));
    this.server = new Server({
      path: UPLOADS_PATH,
      // The client keeps to the address by which it reached us, whatever stands between.
      relativeLocation: true,
      allowedOrigins: [new URL(settings.publicUrl).origin],
      datastore: this.files,
      maxSize: () => this.settings.vault.bytesPerPatient,
      namingFunction: (_request, metadata) => {
        const importId = metadata?.['importId'];
        if (!isId(importId)) throw refusal(new Problem('kernel.invalid'));
        return this.store.newUploadId(importId);
      },
      // An id of any other form never reaches the file system.
      getFileIdFromRequest: (_request, last) =>
        last !== undefined && importOfUpload(last) !== undefined ? last : undefined,
      onIncomingRequest: async (_request, uploadId) => {
        await this.admit(uploadId);
      },
      onUploadCreate: async (_request, upload) => this.announce(upload),
      onUploadFinish: async (_request, upload) => {
        await this.store.flush(upload.id);
        return {};
      },
      onResponseError: (_request, error) => this.answerFor(error),
    });
  }

  /** Answers one request of a signed-in account. Only the account that began an import may add to it. */
  async handle(accountId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.visits.run({ accountId }, () => this.server.handle(request, response));
  }

  private async admit(uploadId: string): Promise<Import> {
    const importId = importOfUpload(uploadId);
    const accountId = this.visits.getStore()?.accountId;
    const found =
      importId === undefined || accountId === undefined
        ? null
        : await this.imports.findOneBy({ id: importId, accountId, state: 'receiving' });
    if (found === null) throw refusal(new Problem('delegation.not-visible'));
    return found;
  }

  private async announce(upload: {
    readonly id: string;
    readonly size?: number | undefined;
    readonly metadata?: Record<string, string | null> | undefined;
  }): Promise<{ metadata?: Record<string, string | null> }> {
    const { id: importId, patientId } = await this.admit(upload.id);
    // The quota holds for what is on its way too, or the disk could be filled without ever finishing an import.
    const { size } = upload;
    if (size === undefined || JSON.stringify(upload.metadata ?? {}).length > LONGEST_METADATA)
      throw refusal(new Problem('kernel.invalid'));
    const sofar = this.announced.get(importId) ?? { files: 0, bytes: 0 };
    const next = { files: sofar.files + 1, bytes: sofar.bytes + size };
    if (next.files > FILES_PER_IMPORT) throw refusal(new Problem('exchange.too-large'));
    if (next.bytes > (await this.vault.roomFor(patientId)))
      throw refusal(new Problem('vault.quota-exceeded'));
    if (size > (await this.store.room())) throw refusal(new Problem('vault.disk-full'));
    this.announced.set(importId, next);
    return {};
  }

  /** The import is no longer receiving. */
  forget(importId: string): void {
    this.announced.delete(importId);
  }

  private answerFor(error: unknown): { status_code: number; body: string } | undefined {
    if (error instanceof UploadRefusal) return error;
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return refusal(new Problem('vault.disk-full'));
    if (typeof (error as { status_code?: unknown }).status_code === 'number') return undefined;
    this.logger.error({ problem: 'kernel.unexpected' }, 'an upload failed');
    return refusal(new Problem('kernel.unexpected'));
  }
}

/** A Problem in the form in which the tus server takes refusals; the same body as every other answer (RFC 9457). */
class UploadRefusal extends Error {
  readonly status_code: number;
  readonly body: string;

  constructor(problem: Problem) {
    super(problem.code);
    this.status_code = problem.row.http;
    this.body = JSON.stringify({
      type: `urn:vitrine:problem:${problem.code}`,
      title: STATUS_CODES[problem.row.http] ?? 'Error',
      status: problem.row.http,
      code: problem.code,
      detail: problem.message,
      retry: problem.row.retry,
    });
  }
}

const refusal = (problem: Problem): UploadRefusal => new UploadRefusal(problem);

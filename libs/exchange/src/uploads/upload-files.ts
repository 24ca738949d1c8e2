import { constants } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { ERRORS, Upload } from '@tus/server';
import type { SealingTerms } from '@vitrine/sealing';
import { SealedUpload } from './sealed-upload.js';
import { readDescription, removeDescription, writeDescription } from './upload-descriptions.js';
import { importOfUpload } from './upload-names.js';
import type { UploadStore } from './upload-store.js';

/** Below this a failed write counts as a full disk; the database has to write to the same disk. */
const NO_ROOM_BYTES = 1 << 20;

type Write = FileStore['write'];

/**
 * The tus server's files, sealed before they touch the disk. The server says only “cannot write”, so a full disk is
 * recognised here; then nothing stays of the file.
 */
export class UploadFiles extends FileStore {
  constructor(
    private readonly store: UploadStore,
    private readonly full: () => Error,
  ) {
    super({ directory: store.folder });
  }

  override async create(upload: Upload): Promise<Upload> {
    const terms = await this.termsOf(upload.id);
    const file = await open(join(this.store.folder, upload.id), 'wx', 0o600);
    try {
      if (upload.size === 0) await (await SealedUpload.at(file, terms, 0, 0)).finish();
    } finally {
      await file.close();
    }
    await writeDescription(this.store.folder, terms, upload);
    return upload;
  }

  override async write(...[readable, id, offset]: Parameters<Write>): ReturnType<Write> {
    // What is there already stays, and goes on when there is room again.
    if ((await this.store.room()) === 0) throw this.full();
    try {
      return await this.withFile(id, async (file, terms, size) => {
        const upload = await SealedUpload.at(file, terms, size, offset);
        try {
          for await (const chunk of readable) await upload.append(chunk as Uint8Array);
        } finally {
          await upload.finish();
        }
        // What is acknowledged survives a power cut; of what is whole now, the server hears next.
        if (upload.offset < size) await this.store.flush(id);
        return upload.offset;
      });
    } catch (error) {
      const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC';
      if (!isFull && (await this.store.room()) > NO_ROOM_BYTES) throw refused(ERRORS.FILE_WRITE_ERROR);
      await this.remove(id);
      throw this.full();
    }
  }

  override async getUpload(id: string): Promise<Upload> {
    return this.withFile(id, async (file, terms, size, description) => {
      const offset = await SealedUpload.offsetOf(file, terms, size);
      const { metadata, creation_date } = description;
      return new Upload({
        id,
        size,
        offset,
        ...(metadata === undefined ? {} : { metadata }),
        ...(creation_date === undefined ? {} : { creation_date }),
      });
    });
  }

  override async remove(id: string): Promise<void> {
    await rm(join(this.store.folder, id), { force: true });
    await removeDescription(this.store.folder, id);
  }

  private async withFile<T>(
    id: string,
    work: (
      file: FileHandle,
      terms: SealingTerms,
      size: number,
      description: NonNullable<Awaited<ReturnType<typeof readDescription>>>,
    ) => Promise<T>,
  ): Promise<T> {
    const terms = await this.termsOf(id);
    const description = await readDescription(this.store.folder, terms, id);
    if (description?.size === undefined) throw refused(ERRORS.FILE_NOT_FOUND);
    const file = await open(join(this.store.folder, id), constants.O_RDWR | constants.O_NOFOLLOW).catch(
      () => {
        throw refused(ERRORS.FILE_NO_LONGER_EXISTS);
      },
    );
    try {
      return await work(file, terms, description.size, description);
    } finally {
      await file.close();
    }
  }

  private async termsOf(uploadId: string): Promise<SealingTerms> {
    const importId = importOfUpload(uploadId);
    if (importId === undefined) throw refused(ERRORS.FILE_NOT_FOUND);
    return (await this.store.seals.ofImport(importId))(uploadId);
  }
}

/** The tus server's own refusals, as errors. */
const refused = (error: { readonly status_code: number; readonly body: string }): Error =>
  Object.assign(new Error(error.body.trim()), error);

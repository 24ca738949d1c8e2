import { Injectable } from '@nestjs/common';
import { DOCUMENT_FORMATS, readingOf, type Reading } from '@vitrine/documents';
import type { RecordFile } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';

/** True for documents that are made for programs: a viewer gets something to read in their place. */
export const isForPrograms = (file: Pick<RecordFile, 'format'>): boolean =>
  (DOCUMENT_FORMATS as readonly string[]).includes(file.format);

/** What is shown of each document that is made for programs. It exists in memory, for as long as it is looked at. */
@Injectable()
export class Readings {
  constructor(private readonly vault: VaultService) {}

  /** By the id of the file. One after the other: each has a thread of its own for some seconds at most. */
  async of(files: readonly RecordFile[], signal: AbortSignal): Promise<ReadonlyMap<string, Reading>> {
    const readings = new Map<string, Reading>();
    for (const file of files.filter(isForPrograms)) {
      const parts: Uint8Array[] = [];
      for await (const part of await this.vault.open(file.patientId, file.blobId))
        parts.push(part as Uint8Array);
      readings.set(file.id, await readingOf(Buffer.concat(parts), signal));
    }
    signal.throwIfAborted();
    return readings;
  }
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RecordCopier } from '@vitrine/session-host';

/** What a blob holds where nobody asks for a real file; easily found where it should not be. */
export const plainBytesOf = (blobId: string): string => `the plain bytes of ${blobId}`;

/** Writes a sentence about each blob as its content, and remembers what it laid out. */
export class FakeCopier extends RecordCopier {
  readonly laidOut: string[] = [];
  /** Called before anything is copied; may wait or throw. */
  before: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();

  override async layOut(
    _patientId: string,
    files: readonly { readonly blobId: string; readonly path: string }[],
    targetDir: string,
    signal: AbortSignal,
  ): Promise<void> {
    await this.before(signal);
    for (const { blobId, path } of files) {
      await mkdir(dirname(join(targetDir, path)), { recursive: true });
      await writeFile(join(targetDir, path), plainBytesOf(blobId), { flag: 'wx' });
      this.laidOut.push(path);
    }
  }
}

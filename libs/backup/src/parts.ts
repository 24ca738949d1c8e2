import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { contextOf, openedStream, SealBroken, type SealingTerms } from '@vitrine/sealing';
import { BackupFailed, codeOf } from './backup-failed.js';
import { isUnreadable } from './backup-blobs.js';
import { openPlain } from './durable.js';

/** Under what a part of a backup is sealed: it opens as this part of this backup only. */
export const termsOf = (key: KeyObject, backupId: string, part: string): SealingTerms => ({
  key,
  context: contextOf('backup', backupId, part),
});

/** The plain bytes of a sealed part. Throws `BackupFailed`, which names the file, when it is not what was written. */
export async function* openPart(
  folder: string,
  part: string,
  key: KeyObject,
  backupId: string,
): AsyncGenerator<Buffer, void, undefined> {
  const path = join(folder, part);
  try {
    yield* openedStream(await openPlain(path), termsOf(key, backupId, part));
  } catch (error) {
    if (error instanceof SealBroken)
      throw new BackupFailed(`${path} is damaged: its bytes are not those that were written.`, {
        cause: error,
      });
    if (isUnreadable(error))
      throw new BackupFailed(`${path} cannot be read (${codeOf(error) ?? 'unknown'}).`, { cause: error });
    throw error;
  }
}

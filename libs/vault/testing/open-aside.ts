import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blobContext, keyFrom, openSealedFiles, type SealingPool } from '@vitrine/sealing';
import type { KeyedBlob, VaultService } from '../src/vault.service.js';

/** One file to lay out: which blob, and where below the target folder it appears. */
export interface PlacedBlob {
  readonly blobId: string;
  readonly path: string;
}

/** Opens one sealed file as a process does that was lent it: with its key, and no other. */
export async function openAside(
  pool: SealingPool,
  patientId: string,
  { blobId, version, key }: Pick<KeyedBlob, 'blobId' | 'version' | 'key'>,
  { source, target }: { readonly source: string; readonly target: string },
  signal: AbortSignal,
): Promise<void> {
  const terms = {
    key: keyFrom(Buffer.from(key, 'base64')),
    context: blobContext(patientId, blobId, version),
  };
  await openSealedFiles(pool, [{ source, target, terms, sealedBytes: (await stat(source)).size }], signal);
}

/** Has all of them lent by a vault in `dataDir`, and opens each into the folder. */
export async function layOutAside(
  { vault, dataDir, pool }: { vault: VaultService; dataDir: string; pool: SealingPool },
  patientId: string,
  files: readonly PlacedBlob[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const ids = files.map(({ blobId }) => blobId);
  await vault.lend(patientId, ids, signal, async (objects) => {
    for (const object of objects)
      for (const { path } of files.filter(({ blobId }) => blobId === object.blobId)) {
        const target = join(folder, path);
        await mkdir(dirname(target), { recursive: true });
        const source =
          object.staged === undefined
            ? join(dataDir, 'vault', patientId, object.blobId)
            : join(dataDir, 'staging', object.staged);
        await openAside(pool, patientId, object, { source, target }, signal);
      }
  });
}

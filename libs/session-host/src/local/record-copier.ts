import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isId, Problem } from '@vitrine/kernel';
import {
  blobContext,
  keyFrom,
  openSealedFiles,
  SealBroken,
  sealedSize,
  type SealedFileCopy,
  type SealingPool,
} from '@vitrine/sealing';
import type { PlacedObject } from '../session-host.js';

/** As the vault names what it brings. */
export const STAGED = /^[0-9a-f]{32}-[0-9a-f]{32}\.copy$/;
/** What a stored file that was taken away, or put in another's place, is answered with. */
const DAMAGED = ['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO'];

/** Puts the plain bytes of stored files where a guest may see them. */
export abstract class RecordCopier {
  /**
   * `path` is relative to `targetDir`. In the order given: what is opened first comes first. Stops by the signal; what
   * was copied so far stays.
   */
  abstract layOut(
    patientId: string,
    objects: readonly PlacedObject[],
    targetDir: string,
    signal: AbortSignal,
  ): Promise<unknown>;
}

/** Opens sealed files of the vault with the keys that came with the request, which are kept no longer than it. */
export class SealedRecordCopier extends RecordCopier {
  constructor(
    private readonly vaultDir: string,
    /** Where sealed files lie for a while that were brought from another machine. */
    private readonly stagingDir: string,
    private readonly pool: SealingPool,
  ) {
    super();
  }

  override async layOut(
    patientId: string,
    objects: readonly PlacedObject[],
    targetDir: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (const folder of new Set(objects.map(({ path }) => dirname(path))))
      if (folder !== '.') await mkdir(join(targetDir, folder), { recursive: true, mode: 0o755 });
    try {
      await openSealedFiles(this.pool, this.copiesOf(patientId, objects, targetDir), signal);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (error instanceof SealBroken || DAMAGED.includes(code))
        throw new Problem('vault.damaged', { cause: error });
      throw error;
    }
  }

  private *copiesOf(
    patientId: string,
    objects: readonly PlacedObject[],
    targetDir: string,
  ): Generator<SealedFileCopy, void, undefined> {
    for (const { blobId, key, version, bytes, staged, path } of objects) {
      if (!isId(patientId) || !isId(blobId)) throw new Error('Not an id of ours.');
      if (staged !== undefined && !STAGED.test(staged)) throw new Error('Not a name of ours.');
      yield {
        source: staged === undefined ? join(this.vaultDir, patientId, blobId) : join(this.stagingDir, staged),
        target: join(targetDir, path),
        // Bound to its place: the bytes of another patient, blob or version do not open by these terms.
        terms: {
          key: keyFrom(Buffer.from(key, 'base64')),
          context: blobContext(patientId, blobId, version),
        },
        sealedBytes: sealedSize(bytes),
      };
    }
  }
}

import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isId, Problem } from '@vitrine/kernel';
import {
  blobContext,
  keyFrom,
  openSealedFile,
  SealBroken,
  sealedSize,
  type SealingPool,
} from '@vitrine/sealing';
import type { PlacedObject } from '../session-host.js';

const COPIES_AT_ONCE = 8;
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
    const left = objects.values();
    const copyOneByOne = async () => {
      for (const object of left) await this.copy(patientId, object, join(targetDir, object.path), signal);
    };
    await Promise.all(Array.from({ length: COPIES_AT_ONCE }, copyOneByOne));
  }

  private async copy(
    patientId: string,
    { blobId, key, version, bytes, staged }: PlacedObject,
    target: string,
    signal: AbortSignal,
  ): Promise<void> {
    if (!isId(patientId) || !isId(blobId)) throw new Error('Not an id of ours.');
    if (staged !== undefined && !STAGED.test(staged)) throw new Error('Not a name of ours.');
    signal.throwIfAborted();
    const source =
      staged === undefined ? join(this.vaultDir, patientId, blobId) : join(this.stagingDir, staged);
    // Bound to its place: the bytes of another patient, blob or version do not open by these terms.
    const terms = {
      key: keyFrom(Buffer.from(key, 'base64')),
      context: blobContext(patientId, blobId, version),
    };
    try {
      const { size } = await stat(source);
      // What is longer than it says is no stored file of ours, and could keep all threads busy.
      if (size !== sealedSize(bytes)) throw new SealBroken();
      await openSealedFile(this.pool, { source, target, terms, sealedBytes: size }, signal);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (error instanceof SealBroken || DAMAGED.includes(code))
        throw new Problem('vault.damaged', { cause: error });
      throw error;
    }
  }
}

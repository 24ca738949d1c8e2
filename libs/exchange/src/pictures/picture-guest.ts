import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import {
  HostMounts,
  HYPERVISOR,
  JobRunner,
  type GuestLimits,
  type HypervisorDriver,
} from '@vitrine/hypervisor';
import { newId, Problem, productVersion, SETTINGS, type Settings } from '@vitrine/kernel';
import type { RecordFile } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';
import { pictureBytes, readPlainPicture, type PlainPicture } from './plain-picture.js';

const TIME_LIMIT_MS = 45_000;
/** Larger files are not drawn: they would have to lie in memory as a whole. */
export const LARGEST_INPUT_BYTES = 256 * 1024 * 1024;
const LIMITS: GuestLimits = { cpus: 1, memoryMiB: 1024, pids: 32, scratchMiB: 512 };

export interface PictureOrder {
  readonly file: Pick<RecordFile, 'patientId' | 'blobId' | 'bytes'>;
  /** A job of the toolbox and its words; the file is called `file`. */
  readonly command: readonly string[];
  /** What the job writes, and the longest side that it may have. */
  readonly result: string;
  readonly longestSide: number;
}

/** Has one file drawn in a guest without network that lives for this one picture. */
@Injectable()
export class PictureGuest {
  constructor(
    private readonly vault: VaultService,
    private readonly jobs: JobRunner,
    private readonly mounts: HostMounts,
    @Inject(HYPERVISOR) private readonly driver: HypervisorDriver,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Undefined where no picture can be made of the file. Throws what the engine does. */
  async draw(
    { file, command, result, longestSide }: PictureOrder,
    signal: AbortSignal,
  ): Promise<PlainPicture | undefined> {
    const image = await this.driver.findImage(`vitrine/toolbox:${productVersion()}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]),
    });
    if (image === undefined) throw new Problem('hypervisor.image-missing');
    const folder = join(this.settings.runDir, 'thumbnails', newId());
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      // In memory: what leaves the vault must not be on a disk in the clear.
      await this.mounts.tmpfs(folder, { sizeMiB: Math.ceil(file.bytes / 1024 ** 2) + 1, inodes: 16 });
      await this.vault.layOut(file.patientId, [{ blobId: file.blobId, path: 'file' }], folder, signal);
      const maximumBytes = pictureBytes(longestSide);
      const { files } = await this.jobs.run(
        {
          imageDigest: image.digest,
          command: [...command],
          inputPath: folder,
          outputMiB: Math.ceil(maximumBytes / 1024 ** 2) + 1,
          collect: [{ name: result, maximumBytes }],
          limits: LIMITS,
          timeLimitMs: TIME_LIMIT_MS,
        },
        { signal },
      );
      const picture = files[0];
      return picture === undefined ? undefined : readPlainPicture(picture.untrustedContent, longestSide);
    } finally {
      await this.mounts.release(folder);
      await rm(folder, { recursive: true, force: true });
    }
  }
}

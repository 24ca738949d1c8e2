import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  GUEST_UID,
  type CallOptions,
  type GuestLimits,
  type HostMounts,
  type JobRunner,
} from '@vitrine/hypervisor';
import { newId, Problem, sooner } from '@vitrine/kernel';
import { THUMBNAIL_SIDE, pictureBytes } from '../pictures.js';
import type { PictureJob, SealedObject } from '../session-host.js';
import type { ImageRegister } from './image-register.js';
import type { RecordCopier } from './record-copier.js';

const TIME_LIMIT_MS = 45_000;
const LIMITS: GuestLimits = { cpus: 1, memoryMiB: 1024, pids: 32, scratchMiB: 512 };
const MIB = 1024 * 1024;

/** Has one file drawn in a guest without network that lives for this one picture. */
export class PictureJobs {
  private readonly root: string;

  constructor(
    runDir: string,
    private readonly mounts: HostMounts,
    private readonly jobs: JobRunner,
    private readonly register: ImageRegister,
    private readonly copier: RecordCopier,
  ) {
    this.root = join(runDir, 'pictures');
  }

  async draw(
    patientId: string,
    object: SealedObject,
    job: PictureJob,
    { signal }: CallOptions,
  ): Promise<Buffer | undefined> {
    const inTime = sooner(signal, AbortSignal.timeout(TIME_LIMIT_MS));
    const imageDigest = await this.register.own('toolbox', { signal: inTime });
    const folder = join(this.root, newId());
    const { command, result, maximumBytes } = orderOf(job);
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      // In memory: what leaves the vault must not be on a disk in the clear.
      const sizeMiB = Math.ceil(object.bytes / MIB) + 1;
      await this.mounts.tmpfs(folder, { sizeMiB, inodes: 16, uid: GUEST_UID, mode: 0o500 });
      await this.copier.layOut(patientId, [{ ...object, path: 'file' }], folder, signal);
      const { files } = await this.jobs.run(
        {
          imageDigest,
          command,
          inputPath: folder,
          outputMiB: Math.ceil(maximumBytes / MIB) + 1,
          collect: [{ name: result, maximumBytes }],
          limits: LIMITS,
          timeLimitMs: TIME_LIMIT_MS,
        },
        { signal },
      );
      return files[0]?.untrustedContent;
    } finally {
      await this.mounts.release(folder);
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Takes away what jobs left that were cut off. Only for a moment when none is running. */
  async sweep(): Promise<void> {
    await this.mounts.release(this.root);
    await rm(this.root, { recursive: true, force: true });
  }
}

interface Order {
  /** A job of the toolbox and its words; the file is called `file`. */
  readonly command: readonly string[];
  readonly result: string;
  readonly maximumBytes: number;
}

/** Every word is one of ours or a number that was checked. */
function orderOf(job: PictureJob): Order {
  if (job.kind === 'thumbnail')
    return {
      command: ['thumbnail', job.format, 'file'],
      result: 'thumbnail.ppm',
      maximumBytes: pictureBytes(THUMBNAIL_SIDE),
    };
  const { frame, width, height, onlyShrink, window } = job;
  if (![frame, width, height].every((value) => Number.isInteger(value) && value > 0))
    throw new Problem('kernel.invalid');
  const fit = onlyShrink ? '<' : '';
  return {
    command: [
      'render',
      'file',
      String(frame),
      `${fit}${width}`,
      `${fit}${height}`,
      window === undefined ? '-' : `${window.center},${window.width}`,
    ],
    result: 'picture.ppm',
    maximumBytes: pictureBytes(Math.max(width, height)),
  };
}

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import {
  HostMounts,
  HYPERVISOR,
  JobRunner,
  type GuestLimits,
  type HypervisorDriver,
} from '@vitrine/hypervisor';
import {
  LOGGER,
  newId,
  Problem,
  productVersion,
  SETTINGS,
  type Logger,
  type Settings,
} from '@vitrine/kernel';
import { RecordsService, type ItemWithFiles, type RecordFile, type RecordItem } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';
import { pngOfPpm, THUMBNAIL_BYTES } from './thumbnail-picture.js';

const TIME_LIMIT_MS = 45_000;
const LARGEST_INPUT_BYTES = 256 * 1024 * 1024;
const LIMITS: GuestLimits = { cpus: 1, memoryMiB: 1024, pids: 32, scratchMiB: 512 };
const DRAWN = { dicom: 'dicom', pdf: 'pdf', image: 'image' } as const;
type Drawn = keyof typeof DRAWN;

/**
 * Makes small pictures of what came in, one after the other and in the background. Decoding happens in a guest
 * without network; what comes back is checked to be plain pixels and encoded here. An item of which no picture can
 * be made has none, and nothing else depends on it.
 */
@Injectable()
export class ThumbnailService implements OnModuleDestroy {
  private readonly waiting: (readonly string[] | undefined)[] = [];
  private working: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly records: RecordsService,
    private readonly vault: VaultService,
    private readonly jobs: JobRunner,
    private readonly mounts: HostMounts,
    @Inject(HYPERVISOR) private readonly driver: HypervisorDriver,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Makes pictures of these items as soon as there is time. */
  enqueue(itemIds: readonly string[]): void {
    if (itemIds.length > 0) this.push(itemIds);
  }

  /** Once at start: tries again for items that have none, since the engine may have been away. */
  enqueueMissing(): void {
    this.push(undefined);
  }

  /** When nothing is left to do. */
  async idle(): Promise<void> {
    await this.working;
  }

  async onModuleDestroy(): Promise<void> {
    this.waiting.length = 0;
    this.stopping.abort(new Problem('kernel.busy'));
    await this.working;
  }

  private push(itemIds: readonly string[] | undefined): void {
    this.waiting.push(itemIds);
    this.working ??= this.work().finally(() => {
      this.working = undefined;
    });
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping;
    while (this.waiting.length > 0 && !signal.aborted) {
      try {
        const items = await this.records.withoutThumbnail(this.waiting.shift());
        if (items.length === 0) continue;
        const image = await this.driver.findImage(`vitrine/toolbox:${productVersion()}`, {
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]),
        });
        if (image === undefined) throw new Problem('hypervisor.image-missing');
        for (const item of items) {
          signal.throwIfAborted();
          await this.makeFor(item, image.digest);
        }
      } catch (error) {
        this.logger.warn({ problem: Problem.from(error).code }, 'no thumbnails at the moment');
      }
    }
  }

  private async makeFor(item: RecordItem, imageDigest: string): Promise<void> {
    try {
      const found = await this.records.withFiles(item.patientId, item.id);
      const file = fileToDraw(found);
      if (file === undefined) return;
      const png = await this.draw(item.patientId, file, imageDigest);
      if (png !== undefined) await this.records.setThumbnail(item.patientId, item.id, png);
    } catch (error) {
      const { code } = Problem.from(error);
      this.logger.warn({ itemId: item.id, problem: code }, 'a thumbnail was not made');
      if (code === 'hypervisor.unreachable') throw error;
    }
  }

  private async draw(
    patientId: string,
    file: RecordFile & { readonly format: Drawn },
    imageDigest: string,
  ): Promise<Buffer | undefined> {
    const folder = join(this.settings.runDir, 'thumbnails', newId());
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      // In memory: what leaves the vault must not be on a disk in the clear.
      await this.mounts.tmpfs(folder, { sizeMiB: Math.ceil(file.bytes / 1024 ** 2) + 1, inodes: 16 });
      const { signal } = this.stopping;
      await this.vault.layOut(patientId, [{ blobId: file.blobId, path: 'file' }], folder, signal);
      const result = await this.jobs.run(
        {
          imageDigest,
          command: ['thumbnail', DRAWN[file.format], 'file'],
          inputPath: folder,
          outputMiB: 2,
          collect: [{ name: 'thumbnail.ppm', maximumBytes: THUMBNAIL_BYTES }],
          limits: LIMITS,
          timeLimitMs: TIME_LIMIT_MS,
        },
        { signal },
      );
      const picture = result.files[0];
      return picture === undefined ? undefined : pngOfPpm(picture.untrustedContent);
    } finally {
      await this.mounts.release(folder);
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** The picture that tells most: the middle of the longest series, the first page of a document. */
export function fileToDraw({ files }: ItemWithFiles): (RecordFile & { readonly format: Drawn }) | undefined {
  const drawable = files.filter(
    (file): file is RecordFile & { format: Drawn } =>
      file.format in DRAWN && file.bytes <= LARGEST_INPUT_BYTES && file.frames > 0,
  );
  const series = new Map<string | null, typeof drawable>();
  for (const file of drawable) {
    const there = series.get(file.seriesInstanceUid);
    if (there) there.push(file);
    else series.set(file.seriesInstanceUid, [file]);
  }
  const longest = [...series.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  return longest[Math.floor((longest.length - 1) / 2)];
}

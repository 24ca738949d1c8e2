import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { RecordsService, type ItemWithFiles, type RecordFile, type RecordItem } from '@vitrine/records';
import { encodePicture } from './encode.js';
import { LARGEST_PICTURE_INPUT } from '@vitrine/session-host';
import { PictureGuest } from './picture-guest.js';

const DRAWN = { dicom: 'dicom', pdf: 'pdf', image: 'image' } as const;
type Drawn = keyof typeof DRAWN;
// Nothing can be drawn then, so the other items are left for later.
const NO_ENGINE = new Set(['hypervisor.unreachable', 'hypervisor.image-missing']);

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
    private readonly guest: PictureGuest,
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
        for (const item of items) {
          signal.throwIfAborted();
          await this.makeFor(item);
        }
      } catch (error) {
        this.logger.warn({ problem: Problem.from(error).code }, 'no thumbnails at the moment');
      }
    }
  }

  private async makeFor(item: RecordItem): Promise<void> {
    try {
      const found = await this.records.withFiles(item.patientId, item.id);
      const file = fileToDraw(found);
      if (file === undefined) return;
      const job = { kind: 'thumbnail', format: DRAWN[file.format] } as const;
      const picture = await this.guest.draw(file, job, this.stopping.signal);
      if (picture !== undefined)
        await this.records.setThumbnail(item.patientId, item.id, encodePicture(picture, 'image/png'));
    } catch (error) {
      const { code } = Problem.from(error);
      this.logger.warn({ itemId: item.id, problem: code }, 'a thumbnail was not made');
      if (NO_ENGINE.has(code)) throw error;
    }
  }
}

/** The picture that tells most: the middle of the longest series, the first page of a document. */
export function fileToDraw({ files }: ItemWithFiles): (RecordFile & { readonly format: Drawn }) | undefined {
  const drawable = files.filter(
    (file): file is RecordFile & { format: Drawn } =>
      file.format in DRAWN && file.bytes <= LARGEST_PICTURE_INPUT && file.frames > 0,
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

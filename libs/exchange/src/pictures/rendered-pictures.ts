import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Problem, sooner } from '@vitrine/kernel';
import type { RecordFile } from '@vitrine/records';
import type { PictureType } from './encode.js';
import { PictureEncoder } from './encoder.js';
import { LARGEST_PICTURE_INPUT, LARGEST_SIDE } from '@vitrine/session-host';
import { PictureGuest } from './picture-guest.js';

/** How a program wants a frame to be painted (PS3.18 §8.3.5.1). */
export interface Rendering {
  readonly type: PictureType;
  /** From 1. */
  readonly frame: number;
  /** The picture is fitted into it; without it has the image's own size, as far as that is allowed. */
  readonly viewport: { readonly width: number; readonly height: number } | undefined;
  /** Linear; without it as the image says. */
  readonly window: { readonly center: number; readonly width: number } | undefined;
  /** Of JPEG, 1 to 100. */
  readonly quality: number | undefined;
}

// Each is a guest of its own, and viewers need the machine too.
const AT_ONCE = 2;
const WAITING = 32;

/** Paints frames for programs: in a guest, as thumbnails are, and encoded here from plain pixels. */
@Injectable()
export class RenderedPictures implements OnModuleDestroy {
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private readonly stopping = new AbortController();

  constructor(
    private readonly guest: PictureGuest,
    private readonly encoder: PictureEncoder,
  ) {}

  /**
   * Throws `exchange.not-rendered` where no picture can be made of the file, `kernel.busy` where too many wait, and what
   * the engine does. `signal` ends the waiting and the guest.
   */
  async render(
    file: Pick<RecordFile, 'patientId' | 'blobId' | 'bytes' | 'frames'>,
    { type, frame, viewport, window, quality }: Rendering,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (file.frames < 1 || file.bytes > LARGEST_PICTURE_INPUT) throw new Problem('exchange.not-rendered');
    const { width, height } = viewport ?? { width: LARGEST_SIDE, height: LARGEST_SIDE };
    const job = { kind: 'render', frame, width, height, onlyShrink: viewport === undefined, window } as const;
    await this.turn();
    try {
      const both = sooner(signal, this.stopping.signal);
      const picture = await this.guest.draw(file, job, both);
      if (picture === undefined) throw new Problem('exchange.not-rendered');
      return await this.encoder.encode({ picture, type, quality });
    } finally {
      this.busy--;
      this.waiting.shift()?.();
    }
  }

  onModuleDestroy(): void {
    this.stopping.abort(new Problem('kernel.busy'));
  }

  private async turn(): Promise<void> {
    if (this.waiting.length >= WAITING) throw new Problem('kernel.busy');
    if (this.busy >= AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy++;
  }
}

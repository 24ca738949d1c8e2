import { Inject, Injectable } from '@nestjs/common';
import { Problem, withDeadline } from '@vitrine/kernel';
import { SessionHost, SHIPPED_IMAGES, type ShippedImages } from '@vitrine/session-host';

const LOOK_UP_MS = 10_000;

/** The image of the display bridge. Its digest is looked up ahead of time, so that no start has to wait for it. */
@Injectable()
export class GuacdImage {
  private known: string | undefined;

  constructor(
    private readonly host: SessionHost,
    @Inject(SHIPPED_IMAGES) private readonly images: ShippedImages,
  ) {}

  /** The digest to start. */
  async digest(): Promise<string> {
    return this.known ?? (await this.refresh());
  }

  /** Looks again: the image may have been rebuilt. */
  async refresh(): Promise<string> {
    const image = await withDeadline(LOOK_UP_MS, 'hypervisor.unreachable', (signal) =>
      this.host.findImage(this.images.guacd, { signal }),
    );
    if (!image) {
      this.known = undefined;
      throw new Problem('hypervisor.image-missing', { logContext: { image: this.images.guacd } });
    }
    return (this.known = image.digest);
  }
}

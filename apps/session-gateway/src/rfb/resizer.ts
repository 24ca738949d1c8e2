import type { GuestEndpoint } from '@vitrine/hypervisor';
import type { Logger } from '@vitrine/kernel';
import { resizeDisplay } from './resize-display.js';

/** A window that is being dragged asks for many sizes; the display gets the one where it came to rest. */
const REST_MS = 200;
const DEADLINE_MS = 2000;
const SMALLEST = 320;
const LARGEST = 4096;

/** Changes one display's size, one request at a time, the last wish winning. A failure leaves the size as it is. */
export class Resizer {
  private timer: NodeJS.Timeout | undefined;
  private busy = false;
  private wish: readonly [number, number] | undefined;
  private closed = false;

  constructor(
    private readonly display: GuestEndpoint,
    private readonly logger: Logger,
    private readonly resize: typeof resizeDisplay = resizeDisplay,
  ) {}

  request(width: number, height: number): void {
    const bounded = (side: number) => Math.min(LARGEST, Math.max(SMALLEST, side));
    this.wish = [bounded(width), bounded(height)];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.act(), REST_MS);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async act(): Promise<void> {
    if (this.busy || this.closed || this.wish === undefined) return;
    const [width, height] = this.wish;
    this.wish = undefined;
    this.busy = true;
    try {
      await this.resize(this.display, width, height, AbortSignal.timeout(DEADLINE_MS));
    } catch (err) {
      this.logger.debug({ err }, 'resize failed');
    } finally {
      this.busy = false;
      void this.act();
    }
  }
}

import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { AdmissionTest } from './admission-test.js';
import { SHIPPED_IMAGES, type ShippedImages } from './shipped-images.js';
import { ViewerCatalogue } from './viewer-catalogue.js';
import { ViewerRegistrar } from './viewer-registrar.js';
import type { Viewer } from './viewer.entity.js';

/** Tests images in the background, one at a time, and writes down how each test went. */
@Injectable()
export class ViewerAdmission implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private last: Promise<void> = Promise.resolve();
  private readonly waiting = new Set<string>();

  constructor(
    private readonly test: AdmissionTest,
    private readonly catalogue: ViewerCatalogue,
    private readonly registrar: ViewerRegistrar,
    @Inject(SHIPPED_IMAGES) private readonly images: ShippedImages,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Offers the images that were built here, goes on with tests that were cut off, and makes icons that are missing.
   * Never throws: an image that is not there is missing from the catalogue, and the log says so.
   */
  async ensureShipped(): Promise<void> {
    await this.test
      .sweep()
      .catch((error: unknown) => this.complain('left-over tests could not be removed', error));
    for (const reference of this.images.viewers) {
      try {
        await this.registrar.registerShipped(reference);
      } catch (error) {
        this.complain('a shipped viewer is not available', error, reference);
      }
    }
    for (const viewer of await this.catalogue.all()) if (needsTest(viewer)) this.enqueue(viewer.id);
  }

  /** Tests the viewer when its turn comes. No-op while it waits for one. */
  enqueue(viewerId: string): void {
    if (this.waiting.has(viewerId)) return;
    this.waiting.add(viewerId);
    this.last = this.last.then(() => this.turn(viewerId));
  }

  /** Resolves when everything that was enqueued so far is done. */
  settled(): Promise<void> {
    return this.last;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('the process ends'));
    await this.last;
  }

  private async turn(viewerId: string): Promise<void> {
    this.waiting.delete(viewerId);
    if (this.isStopping()) return;
    try {
      const viewer = await this.catalogue.get(viewerId);
      const { report, icon } = await this.test.run(viewer, this.stopping.signal);
      // A test that was cut off says nothing about the image; it is done again after the start.
      if (this.isStopping()) return;
      await this.registrar.report(viewerId, report, icon);
      this.logger.info({ viewerId, passed: report.passed }, 'a viewer was tested');
    } catch (error) {
      this.complain('a viewer could not be tested', error, viewerId);
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private complain(what: string, error: unknown, subject?: string): void {
    const { code, message, cause } = Problem.from(error);
    this.logger.warn({ subject, code, reason: message, err: cause }, what);
  }
}

const needsTest = (viewer: Viewer): boolean =>
  viewer.state === 'testing' ||
  (viewer.state === 'offered' && viewer.admission?.imageDigest !== viewer.imageDigest);

import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { delay, isProblem, LOGGER, Problem, type Logger } from '@vitrine/kernel';
import type { AdmissionProgress } from './admission-findings.js';
import { AdmissionTest } from './admission-test.js';
import { ImageInventory } from './image-inventory.js';
import { SHIPPED_IMAGES, type ShippedImages } from '@vitrine/session-host';
import { ViewerCatalogue } from './viewer-catalogue.js';
import { ViewerRegistrar } from './viewer-registrar.js';
import type { Viewer } from './viewer.entity.js';

const AGAIN_MS = 5_000;

/** Tests images in the background, one at a time, and writes down how each test went. */
@Injectable()
export class ViewerAdmission implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private last: Promise<void> = Promise.resolve();
  private readonly waiting = new Set<string>();
  private readonly repeating = new Set<Promise<void>>();

  constructor(
    private readonly test: AdmissionTest,
    private readonly catalogue: ViewerCatalogue,
    private readonly registrar: ViewerRegistrar,
    @Inject(SHIPPED_IMAGES) private readonly images: ShippedImages,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly inventory: ImageInventory,
  ) {}

  /**
   * Offers the images that were built here, goes on with tests that were cut off, and makes icons that are missing.
   * Never throws. Where the engine is not there, or an image, the log says so, and it is done when they are.
   */
  async ensureShipped(): Promise<void> {
    // In turn: not beside a test, which what is swept away may belong to.
    await this.insist('left-over tests could not be removed', () => this.inTurn(() => this.test.sweep()));
    // Together: each waits for the engine, and nobody can ask anything until all are through.
    await Promise.all(
      this.images.viewers.map((reference) =>
        this.insist(
          'a shipped viewer is not available',
          () => this.registrar.registerShipped(reference),
          reference,
        ),
      ),
    );
    await this.insist('viewers have less walls than they must have', () => this.registrar.raiseWalls());
    await this.attend();
  }

  private async attend(): Promise<void> {
    for (const viewer of await this.catalogue.all()) {
      if (needsTest(viewer)) this.enqueue(viewer.id);
      this.last = this.last.then(() => this.takeStock(viewer));
    }
  }

  /** Does it now or, when that fails, again and again in the background until it is done. */
  private async insist(failed: string, work: () => Promise<unknown>, subject?: string): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.complain(failed, error, subject);
      const repeated = this.repeat(work).finally(() => this.repeating.delete(repeated));
      this.repeating.add(repeated);
    }
  }

  private async repeat(work: () => Promise<unknown>): Promise<void> {
    let isDone = false;
    while (!isDone) {
      await delay(AGAIN_MS, this.stopping.signal).catch(() => undefined);
      if (this.isStopping()) return;
      isDone = await this.tryAgain(work).then(
        () => true,
        () => false,
      );
    }
  }

  private async tryAgain(work: () => Promise<unknown>): Promise<void> {
    await work();
    await this.registrar.raiseWalls();
    // When nothing is under test, which would be tested a second time.
    await this.inTurn(() => this.attend());
  }

  /** Does it when the tests that were enqueued so far are done. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
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

  /** Cuts off the test that is under way, begins no other, and returns when nothing of it is left. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the process ends'));
    await Promise.all(this.repeating);
    await this.last;
  }

  onApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  private async turn(viewerId: string): Promise<void> {
    this.waiting.delete(viewerId);
    if (this.isStopping()) return;
    try {
      const viewer = await this.catalogue.get(viewerId);
      await this.takeStock(viewer);
      const { report, icon, registration } = await this.test.run(viewer, this.stopping.signal, (progress) =>
        this.tell(viewer, progress),
      );
      // A test that was cut off says nothing about the image; it is done again after the start.
      if (this.isStopping()) return;
      await this.keep(viewerId, report, icon, registration);
      this.logger.info({ viewerId, passed: report.passed }, 'a viewer was tested');
    } catch (error) {
      this.complain('a viewer could not be tested', error, viewerId);
    }
  }

  /** What is installed in its image is known from then on. One that does not say so is no worse for it. */
  private async takeStock({ id, imageDigest }: Viewer): Promise<void> {
    if (this.isStopping()) return;
    await this.inventory.of(imageDigest).catch((error: unknown) => {
      if (!isProblem(error, 'viewers.no-packages'))
        this.complain('what is installed in an image is not known', error, id);
    });
  }

  /** Until it is written down: a full disk must not leave a viewer that says for ever that it is being tested. */
  private async keep(...[viewerId, report, icon, registration]: KeepParameters): Promise<void> {
    for (;;) {
      try {
        await this.registrar.report(viewerId, report, icon, registration);
        return;
      } catch (error) {
        if (isProblem(error, 'viewers.unknown')) throw error;
        this.complain('the report on a viewer could not be written down yet', error, viewerId);
        await delay(AGAIN_MS, this.stopping.signal);
      }
    }
  }

  /** A step that cannot be written down is not the image's fault; the next one says more anyway. */
  private async tell({ id, imageDigest }: Viewer, progress: AdmissionProgress): Promise<void> {
    if (this.isStopping()) return;
    await this.registrar
      .progress(id, imageDigest, progress)
      .catch((error: unknown) => this.complain('a step of a test was not written down', error, id));
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private complain(what: string, error: unknown, subject?: string): void {
    const { code, message, cause } = Problem.from(error);
    this.logger.warn({ subject, code, reason: message, err: cause }, what);
  }
}

type KeepParameters = Parameters<ViewerRegistrar['report']>;

/** One that was cut off, one that was never begun, and one of ours that has no picture of itself yet; and
 * one that the session host does not know, since it was tested before there was one. */
const needsTest = ({ state, admission, imageDigest, shipped, icon, registration }: Viewer): boolean =>
  state === 'testing' ||
  admission?.underWay !== undefined ||
  (state === 'offered' &&
    (admission?.imageDigest !== imageDigest || (shipped && icon === null) || registration === null));

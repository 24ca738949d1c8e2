import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import {
  HostMounts,
  HYPERVISOR,
  readGuestWord,
  type GuestRef,
  type GuestSpec,
  type HypervisorDriver,
} from '@vitrine/hypervisor';
import { Clock, delay, newId, Problem, SETTINGS, withDeadline, type Settings } from '@vitrine/kernel';
import { AdmissionFindings, type AdmissionProgress } from './admission-findings.js';
import { CONTRACT, displayEndpoint, viewerGuestSpec } from './image-contract.js';
import { grabFrame } from './picture/grab-frame.js';
import { countColours, difference, toIcon, type Picture } from './picture/picture.js';
import { openFileOf, sampleFor, type Sample } from './samples/sample.js';
import { ViewerFolder } from './viewer-folder.js';
import type { AdmissionReport, Viewer } from './viewer.entity.js';

const START_MS = 45_000;
const LOOK_MS = 10_000;
const SHOW_MS = 90_000;
const LOOK_PAUSE_MS = 250;
/** Programs say that they show a picture a moment before it is painted in full. */
const SETTLE_MS = 1_500;
const CLEAN_UP_MS = 30_000;
const LEAST_COLOURS = 8;
const LEAST_DIFFERENCE = 0.01;

export interface AdmissionResult {
  readonly report: AdmissionReport;
  /** A PNG of what it showed; null when it showed nothing. */
  readonly icon: Buffer | null;
}

/** Runs one image alone in the sandbox over sample data, and looks whether it does what a viewer must do. */
@Injectable()
export class AdmissionTest {
  constructor(
    @Inject(HYPERVISOR) private readonly driver: HypervisorDriver,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly mounts: HostMounts,
    private readonly clock: Clock,
  ) {}

  /**
   * Says what was found, in order; an image that fails is a result, and so is a test that an engine which does not
   * answer cut short. Whatever happens, nothing is left running. `tell` hears of each check before it is done.
   */
  async run(
    viewer: Viewer,
    signal: AbortSignal,
    tell: (progress: AdmissionProgress) => Promise<void> = () => Promise.resolve(),
  ): Promise<AdmissionResult> {
    const findings = new AdmissionFindings(tell);
    const icon = await this.test(viewer, findings, signal).catch((error: unknown) => {
      findings.fail(Problem.from(error));
      return null;
    });
    const report = {
      at: this.clock.instant(),
      imageDigest: viewer.imageDigest,
      passed: icon !== null && findings.allPassed,
      checks: findings.checks,
    };
    return { report, icon: report.passed ? icon : null };
  }

  /** Takes away what a test left that was cut off. Only for a moment when none is running. */
  async sweep(): Promise<void> {
    await new ViewerFolder(this.root, this.mounts).remove();
  }

  private get root(): string {
    return join(this.settings.runDir, 'admission');
  }

  private async test(viewer: Viewer, findings: AdmissionFindings, signal: AbortSignal): Promise<Buffer> {
    await findings.begin('There is sample data that it can open');
    const sample = sampleFor(viewer.formats);
    if (!sample)
      throw new Problem('viewers.admission-failed', { message: 'We can make none of its formats.' });
    findings.pass(sample.files[0]?.format ?? '');

    const ownerId = newId();
    const folder = new ViewerFolder(join(this.root, ownerId), this.mounts);
    const spec = viewerGuestSpec(viewer, folder, ownerId);
    const ref = this.driver.plan(spec);
    try {
      await findings.begin('It starts alone in the sandbox');
      await folder.attach(contentOf(sample));
      await folder.prepare();
      await withDeadline(
        START_MS,
        'hypervisor.took-too-long',
        async (inTime) => {
          await this.driver.create(ref, spec, { signal: inTime });
          await this.driver.start(ref, spec, { signal: inTime });
        },
        signal,
      );
      findings.pass('started');

      await findings.begin(
        'It reaches nothing: no network, no rights, a read-only system, filtered system calls',
      );
      await this.checkWalls(ref, spec, signal);
      findings.pass(viewer.network === 'loopback' ? 'talks to itself only' : 'only Unix sockets');
      return await this.look(folder, sample, findings, signal);
    } finally {
      await this.cleanUp(ref, folder);
    }
  }

  /** Looks what this guest really got, instead of trusting what was ordered. */
  private async checkWalls(ref: GuestRef, spec: GuestSpec, signal: AbortSignal): Promise<void> {
    const { breaches } = await withDeadline(
      LOOK_MS,
      'hypervisor.unreachable',
      (inTime) => this.driver.examine(ref, spec, { signal: inTime }),
      signal,
    );
    if (breaches.length > 0)
      throw new Problem('viewers.admission-failed', {
        message: `The sandbox has holes: ${breaches.join(', ')}.`,
      });
  }

  private async look(
    folder: ViewerFolder,
    sample: Sample,
    findings: AdmissionFindings,
    signal: AbortSignal,
  ): Promise<Buffer> {
    const grab = () =>
      withDeadline(
        START_MS,
        'hypervisor.not-answering',
        (inTime) => grabFrame(displayEndpoint(folder), inTime),
        signal,
      );
    await findings.begin('Its display answers before there is anything to show');
    const empty = await grab();
    findings.pass(`${empty.width} × ${empty.height}`);

    await findings.begin('It says that it shows the sample');
    const began = performance.now();
    await lay(folder, sample);
    await this.untilShowing(folder, signal);
    findings.pass(`after ${((performance.now() - began) / 1000).toFixed(1)} s`);

    await findings.begin('There is a picture');
    await delay(SETTLE_MS, signal);
    const shown = await grab();
    judge(empty, shown);
    findings.pass(`${Math.round(difference(empty, shown) * 100)} % of the screen`);
    return toIcon(shown);
  }

  private async untilShowing(folder: ViewerFolder, signal: AbortSignal): Promise<void> {
    const path = join(folder.display, CONTRACT.statusFile);
    await withDeadline(
      SHOW_MS,
      'viewers.admission-failed',
      async (inTime) => {
        for (;;) {
          const word = await readGuestWord(path, ['showing', 'refused']);
          if (word === 'showing') return;
          if (word === 'refused')
            throw new Problem('viewers.admission-failed', {
              message: 'It says that it cannot show the sample.',
            });
          await delay(LOOK_PAUSE_MS, inTime);
        }
      },
      signal,
    );
  }

  private async cleanUp(ref: GuestRef, folder: ViewerFolder): Promise<void> {
    await withDeadline(CLEAN_UP_MS, 'hypervisor.unreachable', (signal) =>
      this.driver.destroy(ref, { signal }),
    );
    await folder.remove();
  }
}

const contentOf = (sample: Sample) => ({
  bytes: sample.files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  files: sample.files.length,
});

async function lay(folder: ViewerFolder, sample: Sample): Promise<void> {
  for (const { path, bytes } of sample.files) {
    await mkdir(dirname(join(folder.files, path)), { recursive: true });
    await writeFile(join(folder.files, path), bytes, { mode: 0o444 });
  }
  await folder.writeOpen(openFileOf(sample));
}

function judge(empty: Picture, shown: Picture): void {
  const colours = countColours(shown);
  const different = difference(empty, shown);
  if (colours < LEAST_COLOURS || different < LEAST_DIFFERENCE)
    throw new Problem('viewers.admission-failed', {
      message: 'It says that it shows the sample, yet the screen is empty.',
    });
}

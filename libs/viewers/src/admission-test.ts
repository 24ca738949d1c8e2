import { Inject, Injectable } from '@nestjs/common';
import {
  Clock,
  delay,
  isProblem,
  newId,
  Problem,
  SETTINGS,
  sooner,
  withDeadline,
  type Settings,
} from '@vitrine/kernel';
import type { GuestExamination } from '@vitrine/hypervisor';
import { candidateDisplay, digestOfBlobs, PermitIssuer, SessionHost } from '@vitrine/session-host';
import { AdmissionFindings, type AdmissionProgress } from './admission-findings.js';
import { grabFrame } from './picture/grab-frame.js';
import { countColours, difference, toIcon, type Picture } from './picture/picture.js';
import { openFileOf, sampleFor, type Sample } from './samples/sample.js';
import type { AdmissionReport, Viewer } from './viewer.entity.js';

const START_MS = 45_000;
const LOOK_MS = 10_000;
/** A machine starts an operating system first; where instructions are translated that takes minutes on a busy host. */
const SHOW_MS = { standard: 90_000, strong: 90_000, vm: 300_000 } as const;
const LOOK_PAUSE_MS = 250;
/** Programs say that they show a picture a moment before it is painted in full. */
const SETTLE_MS = 1_500;
const CLEAN_UP_MS = 30_000;
/** Longer than the whole test may take. */
const PERMIT_MS = 10 * 60_000;
const LEAST_COLOURS = 8;
const LEAST_DIFFERENCE = 0.01;

export interface AdmissionResult {
  readonly report: AdmissionReport;
  /** A PNG of what it showed; null when it showed nothing. */
  readonly icon: Buffer | null;
  /** The session host's word that this image may be started; null when it failed. */
  readonly registration: string | null;
}

interface Shown {
  readonly icon: Buffer;
  readonly registration: string;
}

/** What of a guest that has started an admin should know: a machine without KVM is slow. */
const STARTED = {
  none: 'started',
  kvm: 'started, on the processor itself (KVM)',
  tcg: 'started; without KVM every instruction is translated',
} as const;

/** The sample is nobody's. */
const NOBODY = '0'.repeat(32);

/** Runs one image alone in the sandbox over sample data, and looks whether it does what a viewer must do. */
@Injectable()
export class AdmissionTest {
  constructor(
    private readonly host: SessionHost,
    private readonly permits: PermitIssuer,
    @Inject(SETTINGS) private readonly settings: Settings,
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
    const shown = await this.test(viewer, findings, signal).catch((error: unknown) => {
      findings.fail(Problem.from(error));
      return null;
    });
    const report = {
      at: this.clock.instant(),
      imageDigest: viewer.imageDigest,
      passed: shown !== null && findings.allPassed,
      checks: findings.checks,
    };
    const { icon = null, registration = null } = (report.passed && shown) || {};
    return { report, icon, registration };
  }

  /** Takes away what a test left that was cut off. Only for a moment when none is running. */
  async sweep(): Promise<void> {
    await withDeadline(CLEAN_UP_MS, 'hypervisor.unreachable', (signal) =>
      this.host.sweepCandidates({ signal }),
    );
  }

  private async test(viewer: Viewer, findings: AdmissionFindings, signal: AbortSignal): Promise<Shown> {
    await findings.begin('There is sample data that it can open');
    const sample = sampleFor(viewer.formats);
    if (!sample)
      throw new Problem('viewers.admission-failed', { message: 'We can make none of its formats.' });
    findings.pass(sample.files[0]?.format ?? '');

    const id = newId();
    try {
      await findings.begin('It starts alone in the sandbox');
      const accelerator = await withDeadline(
        START_MS,
        'hypervisor.took-too-long',
        (inTime) => this.start(id, viewer, sample, inTime),
        signal,
      );
      findings.pass(STARTED[accelerator ?? 'none']);

      await findings.begin(
        'It reaches nothing: no network, no rights, a read-only system, filtered system calls',
      );
      await this.checkWalls(id, signal);
      findings.pass(viewer.network === 'loopback' ? 'talks to itself only' : 'only Unix sockets');
      return await this.look(id, viewer, sample, findings, signal);
    } finally {
      await withDeadline(CLEAN_UP_MS, 'hypervisor.unreachable', (inTime) =>
        this.host.remove(id, { signal: inTime }),
      );
    }
  }

  private async start(
    id: string,
    { imageDigest, isolation }: Viewer,
    sample: Sample,
    signal: AbortSignal,
  ): Promise<GuestExamination['accelerator']> {
    await this.host.prepare(id, { candidate: true, signal });
    const permit = this.permits.sign({
      sessionId: id,
      by: { kind: 'system', id: 'admission' },
      patientId: NOBODY,
      imageDigest,
      isolation,
      blobs: digestOfBlobs([]),
      egress: [],
      until: this.clock.inMs(PERMIT_MS),
    });
    const claim = { patientId: NOBODY, blobIds: [], ...contentOf(sample) };
    await this.host.attach(id, permit, claim, { signal });
    try {
      const seen = await this.host.start(id, { role: 'candidate', imageDigest, isolation }, { signal });
      return seen.accelerator;
    } catch (error) {
      // Said by the check of the walls, which looks again.
      if (!isProblem(error, 'hypervisor.unsafe-guest')) throw error;
      return undefined;
    }
  }

  /** Looks what this guest really got, instead of trusting what was ordered. */
  private async checkWalls(id: string, signal: AbortSignal): Promise<void> {
    await withDeadline(
      LOOK_MS,
      'hypervisor.unreachable',
      (inTime) => this.host.examine(id, 'viewer', { signal: inTime }),
      signal,
    ).catch((error: unknown) => {
      if (!isProblem(error, 'hypervisor.unsafe-guest')) throw error;
      const holes = String(error.logContext['breaches'] ?? error.logContext['reason'] ?? '');
      throw new Problem('viewers.admission-failed', { message: `The sandbox has holes: ${holes}.` });
    });
  }

  private async look(
    id: string,
    { isolation }: Viewer,
    sample: Sample,
    findings: AdmissionFindings,
    signal: AbortSignal,
  ): Promise<Shown> {
    const display = candidateDisplay(this.settings.runDir, id);
    const grab = () =>
      withDeadline(START_MS, 'hypervisor.not-answering', (inTime) => grabFrame(display, inTime), signal);
    await findings.begin('Its display answers before there is anything to show');
    const empty = await grab();
    findings.pass(`${empty.width} × ${empty.height}`);

    await findings.begin('It says that it shows the sample');
    const began = performance.now();
    await this.lay(id, sample, signal);
    await this.untilShowing(id, SHOW_MS[isolation], signal);
    findings.pass(`after ${((performance.now() - began) / 1000).toFixed(1)} s`);

    await findings.begin('There is a picture');
    await delay(SETTLE_MS, signal);
    const shown = await grab();
    judge(empty, shown);
    findings.pass(`${Math.round(difference(empty, shown) * 100)} % of the screen`);
    const registration = await this.host.register(id, {
      signal: sooner(signal, AbortSignal.timeout(LOOK_MS)),
    });
    return { icon: toIcon(shown), registration };
  }

  private async lay(id: string, sample: Sample, signal: AbortSignal): Promise<void> {
    for (const { path, bytes } of sample.files) await this.host.writePage(id, path, bytes, { signal });
    await this.host.writeOpen(id, openFileOf(sample), { signal });
  }

  private async untilShowing(id: string, deadlineMs: number, signal: AbortSignal): Promise<void> {
    await withDeadline(
      deadlineMs,
      'viewers.admission-failed',
      async (inTime) => {
        for (;;) {
          const word = await this.host.word(id, { signal: inTime });
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
}

const contentOf = (sample: Sample) => ({
  bytes: sample.files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  files: sample.files.length,
  scratch: false,
});

function judge(empty: Picture, shown: Picture): void {
  const colours = countColours(shown);
  const different = difference(empty, shown);
  if (colours < LEAST_COLOURS || different < LEAST_DIFFERENCE)
    throw new Problem('viewers.admission-failed', {
      message: 'It says that it shows the sample, yet the screen is empty.',
    });
}

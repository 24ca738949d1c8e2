import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId, Problem, sooner, type Logger } from '@vitrine/kernel';
import { GUEST_UID, KVM_DEVICE } from '../docker/guest-options.js';
import type { GuestObservation, GuestSpec, HypervisorDriver } from '../hypervisor-driver.js';
import { EXIT_DEVICE, plainMachine, type Accelerator } from './machine-guest.js';

/** A processor that helps needs a second or two, also for unpacking the kernel; where it hangs, it hangs for ever. */
const TRIAL_MS = 15_000;
const CLEAN_UP_MS = 15_000;
const TRIAL_MIB = 192;
const LIMITS = { cpus: 1, memoryMiB: 384, pids: 64, scratchMiB: 16 };
/** What the trial machine ends with when its system has started. */
const STARTED = 42;

export interface KvmTrialOptions {
  /** Reference of the image that brings QEMU and the trial machine. */
  readonly qemuImage: string;
  /** Of this machine; the guests' own node of the device lies below it, where root alone can go. */
  readonly runDir: string;
  readonly logger: Logger;
  readonly device?: string;
}

/**
 * Whether machines can run on the processor itself (KVM), found out by trying: a device that is there and answers may
 * still let every system hang, above all on a host that is a virtual machine. What was found is kept as long as this
 * object lives.
 */
export class KvmTrial {
  private outcome: Promise<string | undefined> | undefined;
  private readonly given = new AbortController();

  constructor(
    private readonly engine: HypervisorDriver,
    private readonly options: KvmTrialOptions,
  ) {}

  /**
   * A device node that guests may have; undefined where instructions have to be translated. Never rejects, and takes half
   * a minute at most.
   */
  node(): Promise<string | undefined> {
    return (this.outcome ??= this.find().catch((error: unknown) => {
      // Says nothing about the processor: to be tried again.
      this.outcome = undefined;
      this.tell('tcg', `it could not be tried: ${Problem.from(error).code}`);
      return undefined;
    }));
  }

  /** Gives up a trial that is under way. Returns when nothing of it is left. */
  async giveUp(): Promise<void> {
    this.given.abort();
    await this.outcome;
  }

  private async find(): Promise<string | undefined> {
    const { device = KVM_DEVICE, qemuImage } = this.options;
    const found = await stat(device).catch(() => undefined);
    if (!found?.isCharacterDevice()) return this.tell('tcg', `there is no ${device}`);
    const signal = sooner(AbortSignal.timeout(TRIAL_MS), this.given.signal);
    const image = await this.engine.findImage(qemuImage, { signal });
    if (!image) throw new Problem('hypervisor.image-missing');
    const node = await this.makeNode(found.rdev);
    const seen = await runTrial(this.engine, image.digest, { kvm: node, signal });
    if (seen.status === 'exited' && seen.exitCode === STARTED)
      return this.tell('kvm', 'a system started', node);
    if (this.given.signal.aborted) return undefined;
    if (!signal.aborted && seen.status === 'unreachable') throw seen.cause;
    return this.tell('tcg', signal.aborted ? `no system started in ${TRIAL_MS / 1000} s` : reasonOf(seen));
  }

  /** One that belongs to the guests' user, since this machine's own is not for everybody. */
  private async makeNode(rdev: number): Promise<string> {
    const folder = join(this.options.runDir, 'kvm');
    const node = join(folder, 'node');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    await rm(node, { force: true });
    // As Linux packs the two numbers into one: makedev(3).
    const [major, minor] = [(rdev >> 8) & 0xfff, (rdev & 0xff) | ((rdev >> 12) & 0xfff00)];
    await promisify(execFile)('mknod', ['-m', '0600', node, 'c', String(major), String(minor)]);
    await chown(node, GUEST_UID, GUEST_UID);
    return node;
  }

  private tell(accelerator: Accelerator, reason: string, node?: string): string | undefined {
    this.options.logger.info({ accelerator, reason }, 'KVM for virtual machines');
    return node;
  }
}

/** Starts the trial machine once and says how it ended; with code 42 if its system started. Nothing of it is left. */
export async function runTrial(
  engine: HypervisorDriver,
  imageDigest: string,
  { kvm, signal }: { readonly kvm?: string; readonly signal: AbortSignal },
): Promise<GuestObservation> {
  const spec: GuestSpec = {
    ownerId: newId(),
    role: 'job',
    imageDigest,
    command: [
      ...plainMachine(kvm === undefined ? 'tcg' : 'kvm').flat(),
      ...['-m', `${TRIAL_MIB}M`, '-display', 'none', ...EXIT_DEVICE],
      ...['-kernel', '/opt/trial/kernel', '-initrd', '/opt/trial/initrd'],
      ...['-append', 'quiet console=none no_timer_check tsc=reliable panic=-1'],
    ],
    network: 'none',
    mounts: [],
    limits: LIMITS,
    ...(kvm !== undefined && { kvm }),
  };
  const ref = engine.plan(spec);
  try {
    await engine.create(ref, spec, { signal });
    await engine.start(ref, spec, { signal });
    return await engine.waitForEnd(ref, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    return { status: 'unreachable', cause: error as Error };
  } finally {
    await engine.destroy(ref, { signal: AbortSignal.timeout(CLEAN_UP_MS) });
  }
}

const reasonOf = (seen: GuestObservation): string =>
  seen.status === 'exited' ? `it ended with code ${seen.exitCode}` : seen.status;

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LOGGER, newId, Problem, SETTINGS, sooner, type Logger, type Settings } from '@vitrine/kernel';
import { GUEST_UID } from '../docker/guest-options.js';
import { HostMounts } from '../host/host-mounts.js';
import {
  HYPERVISOR,
  type CallOptions,
  type GuestLimits,
  type GuestListing,
  type GuestRef,
  type GuestSpec,
  type HypervisorDriver,
} from '../hypervisor-driver.js';
import { collectResults, type CollectRule, type Collection } from './collect.js';

/** One program run over one folder, in a guest of its own. */
export interface JobRequest {
  readonly imageDigest: string;
  /** Built from constants and our own ids, never from text that came from outside. */
  readonly command: readonly string[];
  /** Seen read-only at `/input`. */
  readonly inputPath: string;
  /** Size of `/output`, kept in memory. Only what `collect` names is taken from it. */
  readonly outputMiB: number;
  readonly collect: readonly CollectRule[];
  readonly limits: GuestLimits;
  /** From the first call to the last byte; then the guest is destroyed. */
  readonly timeLimitMs: number;
}

export interface JobResult extends Collection {
  /** Null when the engine does not know it. What a code other than 0 means is the program's own affair. */
  readonly exitCode: number | null;
  /** `exited`, or `out of memory`. */
  readonly detail: string;
}

/** A job has at most this many files to offer; each costs memory of the host even when empty. */
const OUTPUT_INODES = 256;
/** Cleaning up has a deadline of its own, since the job's has often passed by then. */
const CLEAN_UP_MS = 15_000;
const AGAIN_MS = 10_000;

/** Runs untrusted work to its end and hands over what it left, and nothing else. */
@Injectable()
export class JobRunner implements OnModuleInit {
  /** Ids of the jobs that run now. */
  private readonly running = new Set<string>();
  private sweepsLater = false;

  constructor(
    @Inject(HYPERVISOR) private readonly driver: HypervisorDriver,
    private readonly mounts: HostMounts,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'runDir'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Jobs die with the process that asked for them: what an earlier one left is removed. */
  async onModuleInit(): Promise<void> {
    if (!(await this.trySweep(() => true))) this.sweepLater();
  }

  /** Until nothing is left that no job of this process owns: the engine may be away for longer than a job. */
  private sweepLater(): void {
    if (this.sweepsLater) return;
    this.sweepsLater = true;
    setTimeout(() => {
      this.sweepsLater = false;
      // Whoever has no owner reads a file of an image, perhaps just now, and takes itself away.
      void this.trySweep(({ ownerId }) => ownerId !== '').then((isDone) => isDone || this.sweepLater());
    }, AGAIN_MS).unref();
  }

  private async trySweep(which: (guest: GuestListing) => boolean): Promise<boolean> {
    try {
      await this.sweep(which, { signal: AbortSignal.timeout(CLEAN_UP_MS) });
      return true;
    } catch (error) {
      this.logger.warn({ problem: Problem.from(error).code }, 'left-over jobs could not be removed');
      return false;
    }
  }

  private async sweep(which: (guest: GuestListing) => boolean, options: CallOptions): Promise<void> {
    const folders = await readdir(this.folder()).catch(() => []);
    try {
      const guests = await this.driver.list(options);
      const left = guests.filter(
        (guest) => guest.role === 'job' && !this.running.has(guest.ownerId) && which(guest),
      );
      await Promise.all(left.map(({ ref }) => this.driver.destroy(ref, options)));
    } finally {
      for (const id of folders) if (!this.running.has(id)) await this.release(this.folder(id));
    }
  }

  /**
   * Throws `hypervisor.took-too-long` past the time limit and the driver's Problems; a program that fails is a result.
   * Whatever happens, guest, mounts and folders are gone when this settles, or as soon as the engine answers again.
   */
  async run(request: JobRequest, { signal }: CallOptions): Promise<JobResult> {
    const id = newId();
    const folder = this.folder(id);
    const output = join(folder, 'output');
    const spec = jobSpec(id, request, output);
    const ref = this.driver.plan(spec);
    const limit = sooner(signal, AbortSignal.timeout(request.timeLimitMs));
    this.running.add(id);
    try {
      await this.mounts.tmpfs(output, {
        sizeMiB: request.outputMiB,
        inodes: OUTPUT_INODES,
        uid: GUEST_UID,
        mode: 0o700,
      });
      return await this.runToEnd(ref, spec, request, output, limit);
    } finally {
      await this.cleanUp(ref, folder);
      this.running.delete(id);
    }
  }

  private async runToEnd(
    ref: GuestRef,
    spec: GuestSpec,
    request: JobRequest,
    output: string,
    signal: AbortSignal,
  ): Promise<JobResult> {
    await this.driver.create(ref, spec, { signal });
    await this.driver.start(ref, spec, { signal });
    const seen = await this.driver.waitForEnd(ref, { signal });
    if (signal.aborted) {
      throw signal.reason instanceof Problem
        ? signal.reason
        : new Problem('hypervisor.took-too-long', { logContext: { limitMs: request.timeLimitMs } });
    }
    if (seen.status === 'unreachable') throw Problem.from(seen.cause);
    if (seen.status !== 'exited') throw new Problem('hypervisor.start-failed', { logContext: seen });
    const collection = await collectResults(output, request.collect);
    return { ...collection, exitCode: seen.exitCode, detail: seen.detail };
  }

  private async cleanUp(ref: GuestRef, folder: string): Promise<void> {
    try {
      await this.driver.destroy(ref, { signal: AbortSignal.timeout(CLEAN_UP_MS) });
    } catch (error) {
      this.logger.warn({ guest: ref.name, problem: Problem.from(error).code }, 'a job was not removed');
      this.sweepLater();
    }
    await this.release(folder).catch((error: unknown) => {
      this.logger.warn({ guest: ref.name, problem: Problem.from(error).code }, 'a folder was not removed');
      this.sweepLater();
    });
  }

  private async release(folder: string): Promise<void> {
    await this.mounts.release(folder);
    await rm(folder, { recursive: true, force: true });
  }

  private folder(id = ''): string {
    return join(this.settings.runDir, 'jobs', id);
  }
}

function jobSpec(ownerId: string, request: JobRequest, output: string): GuestSpec {
  return {
    ownerId,
    role: 'job',
    imageDigest: request.imageDigest,
    command: request.command,
    network: 'none',
    mounts: [
      { hostPath: request.inputPath, guestPath: '/input', access: 'read' },
      { hostPath: output, guestPath: '/output', access: 'read-write' },
    ],
    limits: request.limits,
  };
}

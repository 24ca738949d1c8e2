import { Injectable } from '@nestjs/common';
import { withDeadline } from '@vitrine/kernel';
import type { Standing } from './start-queue.js';

/** Longer than a launch may take to heed its signal. */
const ABANDON_MS = 20_000;

/** Where a launch is, as far as a person wants to know. */
export interface LaunchProgress {
  readonly step: 'waiting' | 'folder' | 'viewer';
  /** While it waits. */
  readonly standing?: Standing;
}

export interface RunningLaunch {
  /** Settles, never rejects, when the launch touches nothing any more. */
  readonly settled: Promise<void>;
  readonly progress: LaunchProgress;
  abort(reason: Error): void;
}

/** The launches that are under way in this process. */
@Injectable()
export class LaunchRegistry {
  private readonly running = new Map<string, RunningLaunch>();

  get size(): number {
    return this.running.size;
  }

  has(sessionId: string): boolean {
    return this.running.has(sessionId);
  }

  get(sessionId: string): RunningLaunch | undefined {
    return this.running.get(sessionId);
  }

  add(sessionId: string, launch: RunningLaunch): void {
    this.running.set(sessionId, launch);
    void launch.settled.then(() => this.running.delete(sessionId));
  }

  /** Stops the launch and returns when it makes nothing any more. */
  async abandon(sessionId: string, reason: Error): Promise<void> {
    const launch = this.running.get(sessionId);
    if (!launch) return;
    launch.abort(reason);
    await withDeadline(ABANDON_MS, 'hypervisor.took-too-long', () => launch.settled);
  }

  /** As `abandon`, for all; used when the process ends. */
  async abandonAll(reason: Error): Promise<void> {
    await Promise.all([...this.running.keys()].map((id) => this.abandon(id, reason)));
  }
}

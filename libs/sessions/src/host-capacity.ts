import { totalmem } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { GUACD_USUAL_MIB, recordMiB, RESULTS } from '@vitrine/session-host';
import type { Session, SessionPlan } from './session.entity.js';

const MIB = 1024 * 1024;
/** The rest is for the engine, the database, the system and the page cache. */
const SHARE = 0.7;
const GUEST_PLACES_MIB = 2;

/** The memory that one session is counted with: its viewer at its limit, what a bridge usually takes, its record and its results. */
export const sessionMiB = (plan: SessionPlan): number =>
  guestsMiB(plan) + recordMiB(plan) + resultsMiB(plan) + GUEST_PLACES_MIB;

/** The viewer at its limit, and what a bridge usually takes. */
export const guestsMiB = ({ resources }: Pick<SessionPlan, 'resources'>): number =>
  resources.memoryMiB + GUACD_USUAL_MIB;

export const resultsMiB = ({ results = false }: Pick<SessionPlan, 'results'>): number =>
  results ? RESULTS.sizeMiB : 0;

const usedMiB = (running: readonly Session[]): number =>
  running.reduce((sum, session) => sum + sessionMiB(session.plan), 0);

/** How much this machine can carry, by limits. A guest that is refused is better than a hundred that are killed for memory. */
@Injectable()
export class HostCapacity {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  availableMiB(): number {
    return this.settings.sessions.memoryMiB ?? Math.floor((totalmem() / MIB) * SHARE);
  }

  /** Throws `sessions.host-full` when `next` would not even fit alone; who fits alone waits for a place. */
  check(next: SessionPlan): void {
    const needed = sessionMiB(next);
    const available = this.availableMiB();
    if (needed > available) throw new Problem('sessions.host-full', { logContext: { needed, available } });
  }

  /** Whether there is room for so much beside what runs. */
  carries(running: readonly Session[], moreMiB: number): boolean {
    return usedMiB(running) + moreMiB <= this.availableMiB();
  }
}

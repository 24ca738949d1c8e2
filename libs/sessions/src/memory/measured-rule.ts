import type { SessionMemory } from '@vitrine/session-host';
import { guestsMiB, sessionMiB } from '../host-capacity.js';
import type { SessionPlan } from '../session.entity.js';

/** So many sessions have to be measured before they are believed: with fewer, the limits count. */
export const ENOUGH = 10;
const QUANTILE = 0.95;
/** Above what was seen, for what was not seen yet. */
const MARGIN = 1.25;
/** Of the machine's memory, which nobody is let into. */
const RESERVE = 0.1;
/** The limits of all sessions together are never more than so many times what sessions may take. */
const MOST_LIMITS = 3;

/** What both guests of a session that is over had at most, and the size of its record in bytes. */
export interface Peak {
  readonly peakMiB: number;
  readonly bytes: number;
}

/** One session, in MiB, its record included. */
export interface Weight {
  /** The most that it can take, whatever happens. */
  readonly limitMiB: number;
  /** What it counts with. */
  readonly needMiB: number;
  /** What it has of that already. */
  readonly usedMiB: number;
}

/**
 * Pure: what the guests of a session need that opens so many bytes, by those of the same viewer that opened no less.
 * Undefined where too few of these are known.
 */
export function learnedMiB(peaks: readonly Peak[], bytes: number): number | undefined {
  const sorted = peaks
    .filter((peak) => peak.bytes >= bytes)
    .map(({ peakMiB }) => peakMiB)
    .sort((a, b) => a - b);
  const high = sorted[Math.ceil(sorted.length * QUANTILE) - 1];
  return high === undefined || sorted.length < ENOUGH ? undefined : Math.ceil(high * MARGIN);
}

/** Pure: what a session counts with. Who had more than was learned counts with what it had; nobody with more than its limits. */
export function weightOf(
  plan: SessionPlan,
  learned: number | undefined,
  seen: SessionMemory | undefined,
): Weight {
  const limit = guestsMiB(plan);
  const rest = sessionMiB(plan) - limit;
  const guests = Math.min(limit, Math.max(learned ?? limit, Math.ceil((seen?.peakMiB ?? 0) * MARGIN)));
  return {
    limitMiB: limit + rest,
    needMiB: guests + rest,
    usedMiB: seen ? Math.min(guests, seen.guestsMiB) + Math.min(rest, seen.recordMiB) : 0,
  };
}

/**
 * Pure: what all sessions together may need now, `next` among them. `freeMiB` is what the machine can still give: what
 * sessions have already was taken from it, what they will still take was not. A tenth of the machine stays free, and so
 * much more that whichever session has the most to go to its limits can go there.
 */
export function roomNow(
  running: readonly Weight[],
  next: Weight,
  machine: { readonly availableMiB: number; readonly totalMiB: number; readonly freeMiB: number },
): number {
  const all = [...running, next];
  if (sum(all.map(({ limitMiB }) => limitMiB)) > machine.availableMiB * MOST_LIMITS) return 0;
  const reserve = machine.totalMiB * RESERVE + Math.max(...all.map((one) => one.limitMiB - one.needMiB));
  const used = sum(running.map(({ usedMiB }) => usedMiB));
  return Math.min(machine.availableMiB, Math.floor(machine.freeMiB - reserve + used));
}

const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);

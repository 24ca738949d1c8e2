import type { Instant } from '@vitrine/kernel';
import { Session } from './session.entity.js';

/** What is so of every session that was only just asked for. */
const ASKED_FOR = {
  reservationId: null,
  peakMiB: null,
  state: 'requested',
  revision: 0,
  unverified: false,
  egressClosedAt: null,
  walls: null,
  holdsResults: false,
  viewerStatus: 'waiting',
  endReason: null,
  endedBy: null,
  failure: null,
  readyAt: null,
  endedAt: null,
} as const;

/** A session that was asked for at `now`, and what only it is. */
export const newSession = (
  now: Instant,
  own: Omit<Session, keyof typeof ASKED_FOR | 'createdAt' | 'lastInputAt'>,
): Session => Object.assign(new Session(), ASKED_FOR, { createdAt: now, lastInputAt: now }, own);

import { describe, expect, it } from '@jest/globals';
import { isOver, LIVE_STATES, mayBecome, SESSION_STATES, type SessionState } from './session-machine.js';

const ALLOWED: readonly [SessionState, SessionState][] = [
  ['requested', 'preparing'],
  ['requested', 'stopping'],
  ['requested', 'failed'],
  ['preparing', 'starting'],
  ['preparing', 'stopping'],
  ['preparing', 'failed'],
  ['starting', 'ready'],
  ['starting', 'stopping'],
  ['starting', 'failed'],
  ['ready', 'stopping'],
  ['stopping', 'ended'],
  ['stopping', 'failed'],
];
const all = SESSION_STATES.flatMap((from) => SESSION_STATES.map((to) => [from, to] as const));
const isAllowed = ([from, to]: readonly [SessionState, SessionState]) =>
  ALLOWED.some(([a, b]) => a === from && b === to);

describe('the life of a session', () => {
  it.each(all.filter(isAllowed))('goes from %s to %s', (from, to) => {
    expect(mayBecome(from, to)).toBe(true);
  });

  it.each(all.filter((pair) => !isAllowed(pair)))('never goes from %s to %s', (from, to) => {
    expect(mayBecome(from, to)).toBe(false);
  });

  it('is over only when nothing can follow', () => {
    expect(SESSION_STATES.filter(isOver)).toEqual(['ended', 'failed']);
    expect(LIVE_STATES).toEqual(['requested', 'preparing', 'starting', 'ready', 'stopping']);
  });

  it('can be stopped from every state before its end', () => {
    for (const state of LIVE_STATES) expect(state === 'stopping' || mayBecome(state, 'stopping')).toBe(true);
  });
});

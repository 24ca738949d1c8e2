import type { DisplayState } from './display-state.js';

export interface ConnectionWords {
  readonly sign: 'away' | 'still' | 'weak' | 'strong' | 'exact';
  /** What stands in the bar. */
  readonly short: 'viewer.lost' | 'viewer.connecting' | 'viewer.slow' | 'viewer.reduced' | 'viewer.exact';
  /** What is said to whoever wants to know more. */
  readonly long:
    | 'viewer.reconnecting'
    | 'viewer.connecting'
    | 'viewer.stalled'
    | 'viewer.reducedLong'
    | 'viewer.exactLong';
  readonly warns: boolean;
  /** Round trip in milliseconds and pictures in the last second; only while they are of now. */
  readonly pace?: { readonly ms: number; readonly count: number };
}

/** What is said of a connection, by message; undefined where there is none to speak of. The worst comes first. */
export function connectionWords(display: DisplayState, ready: boolean): ConnectionWords | undefined {
  const { phase, slow, lossless, roundTripMs, framesPerSecond } = display;
  if (!ready || phase === 'idle' || phase === 'over') return undefined;
  if (phase === 'reconnecting')
    return { sign: 'away', short: 'viewer.lost', long: 'viewer.reconnecting', warns: true };
  if (phase === 'connecting')
    return { sign: 'weak', short: 'viewer.connecting', long: 'viewer.connecting', warns: false };
  if (slow) return { sign: 'still', short: 'viewer.slow', long: 'viewer.stalled', warns: true };
  const pace = roundTripMs === null ? {} : { pace: { ms: roundTripMs, count: framesPerSecond } };
  if (!lossless)
    return { sign: 'strong', short: 'viewer.reduced', long: 'viewer.reducedLong', warns: true, ...pace };
  return { sign: 'exact', short: 'viewer.exact', long: 'viewer.exactLong', warns: false, ...pace };
}

import type { ProblemError } from '../../api/problem.js';

export interface DisplayState {
  /** over = there will be no further try; `problem` says why. */
  readonly phase: 'idle' | 'connecting' | 'live' | 'reconnecting' | 'over';
  /** A picture has been painted since the last connection. */
  readonly painted: boolean;
  readonly slow: boolean;
  readonly lossless: boolean;
  /** To the server and back; null until it was measured. */
  readonly roundTripMs: number | null;
  /** Pictures that came in the last second; 0 while nothing moves. */
  readonly framesPerSecond: number;
  readonly problem: ProblemError | null;
}

/** Before anything was tried. */
export const NOT_BEGUN: DisplayState = {
  phase: 'idle',
  painted: false,
  slow: false,
  lossless: true,
  roundTripMs: null,
  framesPerSecond: 0,
  problem: null,
};

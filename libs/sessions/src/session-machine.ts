/** The life of a session. `ended` and `failed` are final. */
export const SESSION_STATES = [
  'requested',
  'preparing',
  'starting',
  'ready',
  'stopping',
  'ended',
  'failed',
] as const;
export type SessionState = (typeof SESSION_STATES)[number];

const NEXT: Readonly<Record<SessionState, readonly SessionState[]>> = {
  requested: ['preparing', 'stopping', 'failed'],
  preparing: ['starting', 'stopping', 'failed'],
  starting: ['ready', 'stopping', 'failed'],
  ready: ['stopping'],
  stopping: ['ended', 'failed'],
  ended: [],
  failed: [],
};

export const mayBecome = (from: SessionState, to: SessionState): boolean => NEXT[from].includes(to);
export const isOver = (state: SessionState): boolean => NEXT[state].length === 0;
export const LIVE_STATES: readonly SessionState[] = SESSION_STATES.filter((state) => !isOver(state));

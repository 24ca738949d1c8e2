import { Problem } from './problem.js';
import type { ProblemCode } from './problems.js';

/** Waits, and stops waiting when the signal says so. */
export const delay = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(toError(signal.reason));
      return;
    }
    const timer = setTimeout(done, ms);
    function done() {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted() {
      clearTimeout(timer);
      reject(toError(signal?.reason));
    }
    signal?.addEventListener('abort', aborted, { once: true });
  });

/** What each signal made by `sooner` was made of, for as long as that one lives. */
const madeOf = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/**
 * A signal that is aborted as soon as one of these is. `AbortSignal.any` alone holds them only weakly: a time limit that
 * nothing else holds goes with the next garbage collection, and whatever waits by it waits for ever (nodejs/node#57736).
 */
export function sooner(...signals: readonly AbortSignal[]): AbortSignal {
  const first = AbortSignal.any([...signals]);
  madeOf.set(first, signals);
  return first;
}

/**
 * Runs `work` under a deadline that the caller owns. The work gets a signal and must stop by it; when the deadline
 * passes first, the Problem `code` is thrown even if the work never settles.
 */
export async function withDeadline<T>(
  ms: number,
  code: ProblemCode,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const late = new Problem(code, { logContext: { deadlineMs: ms } });
  const timer = setTimeout(() => controller.abort(late), ms);
  const forward = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', forward, { once: true });
  if (outer?.aborted) forward();
  try {
    return await Promise.race([work(controller.signal), rejectOn(controller.signal)]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', forward);
    // Ends the race's listener, and any part of the work that is still waiting.
    controller.abort(late);
  }
}

const rejectOn = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const fail = () => reject(toError(signal.reason));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });

const toError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error('The wait was ended.', { cause: reason });

import { DetailedError, Upload } from 'tus-js-client';
import { problemFrom, type ProblemError } from '../../api/problem.js';
import type { Found } from './gather.js';

interface Callbacks {
  readonly onProgress: (bytes: number) => void;
  readonly onDone: () => void;
  readonly onRefused: (problem: ProblemError) => void;
  /** The network or the server is away; it is tried again by itself. */
  readonly onWaiting: (waiting: boolean) => void;
}

export interface Sending {
  /** Stops without losing what has arrived. */
  stop(): void;
}

/** Waits between tries (ms): quick at first, then twice a minute for half an hour. */
const DELAYS = [0, 1000, 3000, 5000, 10_000, ...Array.from({ length: 60 }, () => 30_000)];

/** From this size a file is worth its own entry in the browser's storage, so that half of it is not sent again. */
const WORTH_RESUMING = 4_000_000;

/** Sends one file by tus; picks up where an earlier try stopped. */
export function sendFile(importId: string, found: Found, key: string, on: Callbacks): Sending {
  const upload = new Upload(found.file, {
    endpoint: '/api/uploads',
    headers: { 'X-Vitrine': '1' },
    metadata: { importId, name: found.path, type: found.file.type },
    fingerprint: () => Promise.resolve(`vitrine-${importId}-${key}`),
    storeFingerprintForResuming: found.file.size >= WORTH_RESUMING,
    removeFingerprintOnSuccess: true,
    uploadDataDuringCreation: true,
    retryDelays: DELAYS,
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      const again = status === 0 || status === 409 || status === 423 || (status >= 500 && status !== 507);
      if (again) on.onWaiting(true);
      return again;
    },
    onProgress: (sent) => {
      on.onWaiting(false);
      on.onProgress(sent);
    },
    onSuccess: () => {
      on.onWaiting(false);
      on.onDone();
    },
    onError: (error) => on.onRefused(problemOf(error)),
  });
  let stopped = false;
  const begin = async () => {
    if (found.file.size >= WORTH_RESUMING) {
      const previous = (await upload.findPreviousUploads()).at(0);
      if (previous !== undefined) upload.resumeFromPreviousUpload(previous);
    }
    if (!stopped) upload.start();
  };
  begin().catch((error: unknown) => on.onRefused(problemOf(error)));
  return {
    stop: () => {
      stopped = true;
      void upload.abort();
    },
  };
}

function problemOf(error: unknown): ProblemError {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  let body: unknown;
  try {
    body = JSON.parse(response?.getBody() ?? '');
  } catch {
    body = undefined;
  }
  return problemFrom(response?.getStatus() ?? 0, body);
}

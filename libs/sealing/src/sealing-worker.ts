/** A thread that seals and opens, so that the event loop does not have to. Files are opened and closed by its owner. */
import { parentPort } from 'node:worker_threads';
import { SealBroken } from './format.js';
import { runJob, type Job, type JobResult } from './jobs.js';

/** What the thread is asked. A 1 in `stop` ends the job early. */
export interface WorkerOrder {
  readonly job: Job;
  readonly stop: SharedArrayBuffer;
}

export type WorkerAnswer =
  | { readonly result: JobResult }
  | { readonly failure: { readonly broken: boolean; readonly message: string; readonly code?: string } };

parentPort?.on('message', ({ job, stop }: WorkerOrder) => {
  const flag = new Int32Array(stop);
  let answer: WorkerAnswer;
  try {
    answer = { result: runJob(job, () => Atomics.load(flag, 0) === 1) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const broken = error instanceof SealBroken;
    answer = { failure: { broken, message, ...(code === undefined ? {} : { code }) } };
  }
  parentPort?.postMessage(answer);
});

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { SealBroken } from './format.js';
import type { Job, JobResult } from './jobs.js';
import type { WorkerAnswer, WorkerOrder } from './sealing-worker.js';

/** More threads than that only compete with the viewers. */
const MOST_THREADS = 4;
/** A job is a bounded number of bytes for which a thread needs a fraction of this on the slowest disk we know. */
const JOB_MS = 120_000;
/** A thread that was told to stop answers within a batch. */
const STOP_MS = 5_000;

/** No thread could do the work in time. */
export class PoolFailed extends Error {
  override readonly name = 'PoolFailed';
}

interface Waiting {
  readonly job: Job;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A few threads that seal and open files. The files of a job stay open until its promise has settled; nothing
 * touches them afterwards, since a thread that does not answer is ended first. Threads start with the first job.
 */
export class SealingPool {
  readonly size: number;
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  private readonly waiting: Waiting[] = [];
  private closed = false;

  constructor(size = Math.min(availableParallelism(), MOST_THREADS)) {
    this.size = size;
  }

  /** Throws `SealBroken`, the error of the file system, `PoolFailed`, or the signal's reason. */
  run(job: Job, signal?: AbortSignal): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, signal, resolve, reject });
      this.next();
    });
  }

  /** Ends all threads. Jobs under way fail. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of this.waiting.splice(0)) reject(new PoolFailed('The pool was closed.'));
    await Promise.all([...this.all].map((worker) => worker.terminate()));
  }

  private next(): void {
    while (this.waiting.length > 0) {
      const worker = this.idle.pop() ?? (this.all.size < this.size ? this.start() : undefined);
      if (worker === undefined) return;
      const task = this.waiting.shift();
      if (task !== undefined) void this.give(worker, task);
    }
  }

  private start(): Worker {
    const source = import.meta.url.endsWith('.ts');
    const path = fileURLToPath(
      new URL(source ? './sealing-worker.ts' : './sealing-worker.js', import.meta.url),
    );
    const worker = new Worker(path, {
      name: 'sealing',
      // Keys pass through it; it needs nothing of what else we know.
      env: {},
      execArgv: source ? ['--import', '#typescript'] : [],
    });
    worker.unref();
    this.all.add(worker);
    worker.once('exit', () => {
      this.all.delete(worker);
      const at = this.idle.indexOf(worker);
      if (at >= 0) this.idle.splice(at, 1);
    });
    return worker;
  }

  private async give(worker: Worker, { job, signal, resolve, reject }: Waiting): Promise<void> {
    try {
      if (this.closed) throw new PoolFailed('The pool was closed.');
      signal?.throwIfAborted();
      worker.ref();
      const result = await converse(worker, job, signal);
      resolve(result);
    } catch (error) {
      reject(error);
    } finally {
      worker.unref();
      if (this.all.has(worker) && !this.closed) this.idle.push(worker);
      this.next();
    }
  }
}

/** One job of one thread. Settles only when the thread has answered or is gone. */
function converse(worker: Worker, job: Job, signal: AbortSignal | undefined): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const stop = new SharedArrayBuffer(4);
    let early: Error | undefined;
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      worker.off('message', answered);
      worker.off('error', failed);
      worker.off('exit', gone);
      outcome();
    };
    const end = (reason: Error) => {
      early ??= reason;
      Atomics.store(new Int32Array(stop), 0, 1);
      clearTimeout(timer);
      timer = setTimeout(() => void worker.terminate(), STOP_MS);
    };
    const aborted = () => end(signal?.reason as Error);
    let timer = setTimeout(() => end(new PoolFailed('A thread took too long.')), JOB_MS);
    const answered = (answer: WorkerAnswer) => {
      if ('result' in answer) settle(() => resolve(answer.result));
      else settle(() => reject(early ?? errorOf(answer.failure)));
    };
    const failed = (error: Error) => settle(() => reject(error));
    const gone = () => settle(() => reject(early ?? new PoolFailed('A thread ended.')));
    worker.on('message', answered);
    worker.once('error', failed);
    worker.once('exit', gone);
    signal?.addEventListener('abort', aborted, { once: true });
    worker.postMessage({ job, stop } satisfies WorkerOrder);
  });
}

const errorOf = ({ broken, message, code }: Extract<WorkerAnswer, { failure: unknown }>['failure']): Error =>
  broken ? new SealBroken() : Object.assign(new Error(message), code === undefined ? {} : { code });

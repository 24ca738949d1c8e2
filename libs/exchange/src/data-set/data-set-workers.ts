import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Problem } from '@vitrine/kernel';
import type { DataSetRequest, DataSetResult, WorkerSays } from './protocol.js';

/** Reads part of a stored file. */
export type ReadRange = (start: number, end: number) => Promise<Uint8Array>;

const AT_ONCE = 2;
const TIME_LIMIT_MS = 5_000;
/** For the first answer of a new thread, which has to load the code. */
const START_LIMIT_MS = 20_000;
const MEMORY_MIB = 256;
const BEGINNING_BYTES = 128 * 1024;

/** Threads that read data sets, two at once; the others wait. */
@Injectable()
export class DataSetWorkers implements OnModuleDestroy {
  private readonly idle: Worker[] = [];
  private readonly waiting: (() => void)[] = [];
  private busy = 0;

  /** Throws `exchange.damaged-dicom` and its like for a file that cannot be read, however it behaves. */
  async read(
    size: number,
    range: ReadRange,
    options: Pick<DataSetRequest, 'bulkBase' | 'bulkPath'>,
  ): Promise<DataSetResult> {
    if (this.busy >= AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy++;
    const fresh = this.idle.length === 0;
    const worker = this.idle.pop() ?? startWorker();
    let result: DataSetResult | undefined;
    try {
      const beginning = await range(0, Math.min(size, BEGINNING_BYTES));
      result = await converse(worker, { size, beginning, ...options }, range, fresh);
      return result;
    } finally {
      // One that failed is not asked again: nobody knows what state it is in.
      if (result === undefined) await worker.terminate();
      else this.idle.push(worker);
      this.busy--;
      this.waiting.shift()?.();
    }
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.idle.splice(0).map((worker) => worker.terminate()));
  }
}

/** The same entry compiled or, in tests, as TypeScript through a loader. */
function startWorker(): Worker {
  const source = import.meta.url.endsWith('.ts');
  const worker = new Worker(
    fileURLToPath(new URL(source ? './data-set-worker.ts' : './data-set-worker.js', import.meta.url)),
    {
      execArgv: source ? ['--import', '#typescript'] : [],
      // Nothing of our environment: it may hold what the thread has no business with.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB, stackSizeMb: 4 },
      stdout: true,
      stderr: true,
    },
  );
  worker.unref();
  return worker;
}

function converse(
  worker: Worker,
  request: DataSetRequest,
  range: ReadRange,
  fresh: boolean,
): Promise<DataSetResult> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      worker.off('message', listen);
      worker.off('error', broken);
      worker.off('exit', broken);
      outcome();
    };
    const broken = () => settle(() => reject(new Problem('exchange.took-too-long')));
    const timer = setTimeout(broken, fresh ? START_LIMIT_MS : TIME_LIMIT_MS);
    const listen = (said: WorkerSays) => {
      switch (said.kind) {
        case 'bytes':
          range(said.offset, said.offset + said.length).then(
            (bytes) => worker.postMessage({ offset: said.offset, bytes }),
            (error: unknown) =>
              settle(() => reject(error instanceof Error ? error : new Problem('vault.damaged'))),
          );
          return;
        case 'refused':
          settle(() => reject(new Problem(CODES[said.reason])));
          return;
        case 'result':
          settle(() => resolve(said));
      }
    };
    worker.on('message', listen);
    worker.once('error', broken);
    worker.once('exit', broken);
    worker.postMessage(request);
  });
}

const CODES = {
  truncated: 'exchange.truncated-dicom',
  damaged: 'exchange.damaged-dicom',
  'too-large': 'exchange.too-large',
} as const;

import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Problem } from '@vitrine/kernel';
import type { EncodingOrder } from './encoder-worker.js';

const TIME_LIMIT_MS = 20_000;
const MEMORY_MIB = 512;

/** Encodes pictures in threads of their own, so that a large one holds up nobody. */
@Injectable()
export class PictureEncoder implements OnModuleDestroy {
  private readonly idle: Worker[] = [];

  /** Throws `kernel.busy` when it takes too long. */
  async encode(order: EncodingOrder): Promise<Uint8Array> {
    const worker = this.idle.pop() ?? startWorker();
    let bytes: Uint8Array | undefined;
    try {
      bytes = await answerOf(worker, order);
      return bytes;
    } finally {
      if (bytes === undefined) await worker.terminate();
      else this.idle.push(worker);
    }
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.idle.splice(0).map((worker) => worker.terminate()));
  }
}

/** The same entry compiled or, in tests, as TypeScript through a loader. */
function startWorker(): Worker {
  const source = import.meta.url.endsWith('.ts');
  const entry = new URL(source ? './encoder-worker.ts' : './encoder-worker.js', import.meta.url);
  const worker = new Worker(fileURLToPath(entry), {
    execArgv: source ? ['--import', '#typescript'] : [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
  });
  worker.unref();
  return worker;
}

function answerOf(worker: Worker, order: EncodingOrder): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const end = (outcome: () => void) => {
      clearTimeout(timer);
      worker.off('message', said).off('error', broken);
      outcome();
    };
    const said = (bytes: Uint8Array) => end(() => resolve(bytes));
    const broken = (error: Error) => end(() => reject(error));
    const timer = setTimeout(() => broken(new Problem('kernel.busy')), TIME_LIMIT_MS);
    worker.on('message', said).on('error', broken);
    worker.postMessage(order);
  });
}

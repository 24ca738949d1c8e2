import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { unreadable, type Reading } from './make-page.js';

const MEMORY_MIB = 256;
const TIME_LIMIT_MS = 5_000;
/** Until a new thread has loaded its code. */
const START_LIMIT_MS = 20_000;

/**
 * Makes something to read of a document, in a thread of its own with limits of time and memory. Whatever the document
 * does to the thread, the answer is then a page that says that it cannot be shown.
 */
export async function readingOf(document: Uint8Array, signal?: AbortSignal): Promise<Reading> {
  signal?.throwIfAborted();
  const source = import.meta.url.endsWith('.ts');
  const worker = new Worker(
    fileURLToPath(new URL(source ? './page-worker.ts' : './page-worker.js', import.meta.url)),
    {
      execArgv: source ? ['--import', '#typescript'] : [],
      // Nothing of our environment: it may hold what the thread has no business with.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB, stackSizeMb: 4 },
      stdout: true,
      stderr: true,
    },
  );
  try {
    await said(worker, START_LIMIT_MS, signal);
    const answer = said(worker, TIME_LIMIT_MS, signal);
    worker.postMessage(document);
    return checked(await answer) ?? unreadable();
  } finally {
    await worker.terminate();
  }
}

/** What the thread says next; undefined when it ends or takes too long. */
function said(worker: Worker, ms: number, signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = (message?: unknown) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', gone);
      worker.off('message', settle).off('error', gone).off('exit', gone);
      resolve(message);
    };
    const gone = () => settle();
    const timer = setTimeout(gone, ms);
    worker.on('message', settle).on('error', gone).on('exit', gone);
    signal?.addEventListener('abort', gone, { once: true });
  });
}

function checked(untrusted: unknown): Reading | undefined {
  if (typeof untrusted !== 'object' || untrusted === null) return undefined;
  const { kind, bytes } = untrusted as Record<string, unknown>;
  return (kind === 'html' || kind === 'pdf') && bytes instanceof Uint8Array ? { kind, bytes } : undefined;
}

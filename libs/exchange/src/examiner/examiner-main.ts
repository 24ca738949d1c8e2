/**
 * The process that reads untrusted files. It is told paths, answers with small facts, and may crash, hang or be taken
 * over: whoever started it limits its memory and time and checks every word of it.
 */
import { createInterface } from 'node:readline';
import { recognise } from '../recognition/recognise.js';
import { openSource, withFile } from './file-source.js';
import { keyFrom } from '@vitrine/sealing';
import type { ExaminerRequest } from './protocol.js';
import { sourceOfText } from './source-text.js';
import { ArchiveRefused, unpack } from './unpack.js';

const PROGRESS_MS = 500;

const say = (line: unknown): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

async function answer(request: ExaminerRequest): Promise<void> {
  if (request.op === 'recognise') {
    const file = sourceOfText(request.source);
    say({ answer: withFile(file, (source) => recognise(source, request.name)) });
    return;
  }
  let told = Date.now();
  let emptyEntries = 0;
  let refused: string | null = null;
  try {
    const source = openSource(sourceOfText(request.source));
    const target = { folder: request.target, key: keyFrom(Buffer.from(request.partsKey, 'base64')) };
    await unpack(source, target, request, {
      entry: (entry) => say({ entry }),
      refused: (refusedEntry) => say({ refusedEntry }),
      empty: () => emptyEntries++,
      progress: () => {
        if (Date.now() - told < PROGRESS_MS) return;
        told = Date.now();
        say({ progress: true });
      },
    });
  } catch (error) {
    refused =
      error instanceof ArchiveRefused
        ? error.code
        : (error as NodeJS.ErrnoException).code === 'ENOSPC'
          ? 'vault.disk-full'
          : 'exchange.damaged-archive';
  }
  say({ done: { emptyEntries, refused } });
}

// One request at a time: the other side waits for the answer before it asks again.
const lines = createInterface({ input: process.stdin });
say({ ready: true });
for await (const line of lines) {
  try {
    await answer(JSON.parse(line) as ExaminerRequest);
  } catch {
    // Which error it was helps nobody; that this file cannot be read is the answer.
    say({ failed: true });
  }
}

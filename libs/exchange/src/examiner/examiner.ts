import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Problem, type ProblemCode } from '@vitrine/kernel';
import type { SourceFile } from '@vitrine/vault';
import { checkAnswer, isProblemCode, type Answer } from '../recognition/answer.js';
import { LONGEST_LINE_BYTES, MAXIMUM_ENTRIES } from './bounds.js';
import {
  checkEntry,
  checkRefusedEntry,
  type ExaminerRequest,
  type RefusedEntry,
  type Unpacked,
  type UnpackedEntry,
} from './protocol.js';
import { sourceText } from './source-text.js';
import type { UnpackTarget } from './unpack.js';

export interface ExaminerLimits {
  /** For one file, and between two signs of life while an archive is unpacked. */
  readonly timeMs: number;
  /** Of the whole process. */
  readonly memoryMiB: number;
  /** Until a fresh process can be asked. */
  readonly startMs: number;
}

export const EXAMINER_LIMITS: ExaminerLimits = { timeMs: 5_000, memoryMiB: 512, startMs: 20_000 };

const MEMORY_LOOK_MS = 100;
const PAGE_BYTES = 4096;

type Child = ChildProcessByStdio<Writable, Readable, null>;
/** Gets each line; says whether the conversation is over. Throws on what it does not believe. */
type Listener = (line: Record<string, unknown>) => boolean;

/**
 * Asks a process of its own about files. When that process takes too long, too much memory or says something that it
 * must not, it is killed and only the file at hand is refused. Not for concurrent use: one question at a time.
 */
export class Examiner {
  private child: Child | undefined;

  /** @param workFolder holds every file that is asked about and every folder that is unpacked to. */
  constructor(
    private readonly workFolder: string,
    private readonly limits: ExaminerLimits = EXAMINER_LIMITS,
  ) {}

  /** What the file is. Never throws for anything that is in it. */
  async recognise(source: SourceFile, untrustedName: string, signal?: AbortSignal): Promise<Answer> {
    let answer: Answer = { kind: 'refused', code: 'exchange.unknown-format' };
    const request = { op: 'recognise', source: sourceText(source), name: untrustedName } as const;
    const failure = await this.ask(request, signal, (line) => {
      if (line['failed'] === true) return true;
      const checked = checkAnswer(line['answer']);
      if (checked === undefined) throw new Error('unbelievable answer');
      answer = checked;
      return true;
    });
    return failure === undefined ? answer : { kind: 'refused', code: failure };
  }

  /** Unpacks an archive into a folder that the caller made for it and removes afterwards. Each part is sealed. */
  async unpack(
    source: SourceFile,
    target: UnpackTarget,
    maximumBytes: number,
    signal?: AbortSignal,
  ): Promise<Unpacked> {
    const entries: UnpackedEntry[] = [];
    const refusedEntries: RefusedEntry[] = [];
    let emptyEntries = 0;
    let refused: ProblemCode | null = null;
    const request = {
      op: 'unpack',
      source: sourceText(source),
      target: target.folder,
      partsKey: target.key.export().toString('base64'),
      maximumBytes,
    } as const;
    const failure = await this.ask(request, signal, (line) => {
      if (line['progress'] === true) return false;
      if (line['failed'] === true) throw new Error('not unpacked');
      if (entries.length + refusedEntries.length > MAXIMUM_ENTRIES) throw new Error('too many entries');
      if (line['entry'] !== undefined) {
        const entry = checkEntry(line['entry']);
        if (entry?.part !== entries.length) throw new Error('unbelievable entry');
        entries.push(entry);
        return false;
      }
      if (line['refusedEntry'] !== undefined) {
        const entry = checkRefusedEntry(line['refusedEntry']);
        if (entry === undefined) throw new Error('unbelievable entry');
        refusedEntries.push(entry);
        return false;
      }
      const done = line['done'] as Record<string, unknown>;
      emptyEntries = Number(done['emptyEntries']);
      if (isProblemCode(done['refused'])) refused = done['refused'];
      return true;
    });
    return { entries, refusedEntries, emptyEntries, refused: failure ?? refused };
  }

  /** Ends the process. The next question starts another. */
  close(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private async ask(
    request: ExaminerRequest,
    signal: AbortSignal | undefined,
    listener: Listener,
  ): Promise<ProblemCode | undefined> {
    signal?.throwIfAborted();
    const child = this.child ?? (await this.start());
    const outcome = converse(child, this.limits, signal, listener, this.limits.timeMs);
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const failure = await outcome;
    if (failure !== undefined) this.close();
    signal?.throwIfAborted();
    return failure;
  }

  private async start(): Promise<Child> {
    const { command, cwd } = examinerCommand(this.limits.memoryMiB, this.workFolder);
    // Nothing of our environment: it may hold what the process has no business with.
    const child = spawn(process.execPath, command, { cwd, env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => undefined);
    child.unref();
    for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref();
    this.child = child;
    const failure = await converse(
      child,
      this.limits,
      undefined,
      (line) => line['ready'] === true,
      this.limits.startMs,
    );
    if (failure !== undefined) {
      this.close();
      throw new Problem('kernel.busy', { logContext: { examiner: failure } });
    }
    return child;
  }
}

/** Listens to the process until the listener is satisfied; otherwise says why not. */
function converse(
  child: Child,
  limits: ExaminerLimits,
  signal: AbortSignal | undefined,
  listener: Listener,
  timeMs: number,
): Promise<ProblemCode | undefined> {
  return new Promise((resolve) => {
    let rest = '';
    const settle = (failure?: ProblemCode) => {
      clearTimeout(timer);
      clearInterval(memory);
      child.stdout.off('data', read);
      child.off('exit', gone);
      signal?.removeEventListener('abort', tooLong);
      resolve(failure);
    };
    const tooLong = () => settle('exchange.took-too-long');
    const gone = tooLong;
    const timer = setTimeout(tooLong, timeMs);
    const memory = setInterval(() => {
      void residentMiB(child.pid).then((mib) => {
        if (mib > limits.memoryMiB) tooLong();
      });
    }, MEMORY_LOOK_MS);
    const read = (chunk: Buffer) => {
      timer.refresh();
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      try {
        if (rest.length > LONGEST_LINE_BYTES) throw new Error('line too long');
        for (const line of lines)
          if (listener(JSON.parse(line) as Record<string, unknown>)) {
            settle();
            return;
          }
      } catch {
        settle('exchange.took-too-long');
      }
    };
    child.stdout.on('data', read);
    child.once('exit', gone);
    signal?.addEventListener('abort', tooLong, { once: true });
    if (child.exitCode !== null || child.signalCode !== null) gone();
  });
}

async function residentMiB(pid: number | undefined): Promise<number> {
  const pages = await readFile(`/proc/${String(pid)}/statm`, 'utf8').catch(() => '0 0');
  return (Number(pages.split(' ')[1]) * PAGE_BYTES) / 1024 ** 2;
}

/** The same entry compiled or, in tests, as TypeScript through a loader. */
function examinerCommand(memoryMiB: number, workFolder: string): { command: string[]; cwd: string } {
  const source = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(source ? './main.ts' : './main.js', import.meta.url));
  const heap = `--max-old-space-size=${Math.max(64, Math.floor(memoryMiB / 2))}`;
  // The loader needs more than the permissions below give.
  if (source)
    return { command: [heap, '--import', '@swc-node/register/esm-register', main], cwd: process.cwd() };
  return { command: [heap, ...permissions(main, workFolder), main], cwd: dirname(main) };
}

/**
 * Code may be read, files may be read and written where uploads lie; starting programs and threads is refused. A
 * second line behind the limits, where a parser of JavaScript was talked into something.
 */
function permissions(main: string, workFolder: string): string[] {
  const dist = main.slice(0, main.lastIndexOf('/dist/') + '/dist'.length);
  const root = dirname(dist);
  const stable = process.allowedNodeEnvironmentFlags.has('--permission');
  return [
    stable ? '--permission' : '--experimental-permission',
    ...[`${dist}/*`, join(root, 'node_modules/*'), join(root, 'package.json'), `${workFolder}/*`].map(
      (path) => `--allow-fs-read=${path}`,
    ),
    `--allow-fs-write=${workFolder}/*`,
  ];
}

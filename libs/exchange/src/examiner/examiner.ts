import { Problem, type ProblemCode } from '@vitrine/kernel';
import type { SourceFile } from '@vitrine/vault';
import { checkAnswer, isProblemCode, type Answer } from '../recognition/answer.js';
import { MAXIMUM_ENTRIES } from './bounds.js';
import { ExaminerProcess, type ExaminerFolders } from './examiner-process.js';
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

/**
 * Questions that the process has been told while it works on the first of them: a small file is read sooner than an
 * answer and the next question have found their way.
 */
const TOLD_AHEAD = 16;

/** Gets each line; says whether the conversation is over. Throws on what it does not believe. */
type Listener = (line: Record<string, unknown>) => boolean;

interface Question {
  readonly request: ExaminerRequest;
  readonly listener: Listener;
  readonly resolve: (failure?: ProblemCode) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Asks a process of its own about files, one after the other. When that process takes too long, too much memory or says
 * something that it must not, it is killed and only the file at hand is refused; the others are asked of the next one.
 */
export class Examiner {
  private process: ExaminerProcess | undefined;
  private isReady = false;
  /** In the order in which they were asked. The process has been told the first `told` of them. */
  private readonly questions: Question[] = [];
  private told = 0;
  private timer: NodeJS.Timeout | undefined;
  private lastLook: NodeJS.Immediate | undefined;

  constructor(
    private readonly folders: ExaminerFolders,
    private readonly limits: ExaminerLimits = EXAMINER_LIMITS,
  ) {}

  /** Starts the process before it is asked. */
  warmUp(): void {
    if (this.process === undefined) this.start();
  }

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

  /** Ends the process; what it was asked is `kernel.busy`. The next question starts another. */
  close(): void {
    const open = this.questions.splice(0);
    this.told = 0;
    this.process?.end();
    for (const { reject } of open) reject(new Problem('kernel.busy'));
  }

  private ask(
    request: ExaminerRequest,
    signal: AbortSignal | undefined,
    listener: Listener,
  ): Promise<ProblemCode | undefined> {
    return new Promise<ProblemCode | undefined>((resolve, reject) => {
      signal?.throwIfAborted();
      const aborted = () => this.drop(question, signal?.reason as Error);
      const settled = () => signal?.removeEventListener('abort', aborted);
      const question: Question = {
        request,
        listener,
        resolve: (failure) => {
          settled();
          resolve(failure);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.questions.push(question);
      this.goOn();
    });
  }

  private goOn(): void {
    if (this.questions.length === 0) return;
    if (this.process === undefined) this.start();
    if (!this.isReady) return;
    for (; this.told < Math.min(TOLD_AHEAD, this.questions.length); this.told++)
      this.process?.say(this.questions[this.told]?.request);
    if (this.timer === undefined) this.wait(this.limits.timeMs);
  }

  private start(): void {
    this.process = new ExaminerProcess(this.limits.memoryMiB, this.folders, {
      line: (line) => this.hear(line),
      gone: () => this.lose(),
    });
    this.wait(this.limits.startMs);
  }

  private hear(line: Record<string, unknown>): void {
    if (!this.isReady) {
      if (line['ready'] !== true) throw new Error('not a beginning');
      this.isReady = true;
      this.stopWaiting();
      this.goOn();
      return;
    }
    const [first] = this.questions;
    if (first === undefined || this.told === 0) throw new Error('an answer to no question');
    this.stopWaiting();
    if (first.listener(line)) {
      this.questions.shift();
      this.told--;
      first.resolve();
    }
    this.goOn();
  }

  /** The process is gone. Whose file it was reading is not taken; without a process at all nobody's is. */
  private lose(): void {
    const { isReady, told } = this;
    this.stopWaiting();
    this.process = undefined;
    this.isReady = false;
    this.told = 0;
    if (isReady) {
      if (told > 0) this.questions.shift()?.resolve('exchange.took-too-long');
      this.goOn();
    } else for (const { reject } of this.questions.splice(0)) reject(new Problem('kernel.busy'));
  }

  private drop(question: Question, reason: Error): void {
    const at = this.questions.indexOf(question);
    if (at < 0) return;
    this.questions.splice(at, 1);
    if (at < this.told) {
      // It may be working on it. The others are asked again.
      this.told = 0;
      this.process?.end();
    }
    question.reject(reason);
  }

  private wait(ms: number): void {
    this.stopWaiting();
    // Where nothing here ran for that long, as when the host was paused, the answer may have come in time and not be
    // heard yet: timers go before what was read.
    this.timer = setTimeout(() => (this.lastLook = setImmediate(() => this.process?.end())), ms);
  }

  private stopWaiting(): void {
    clearTimeout(this.timer);
    clearImmediate(this.lastLook);
    this.timer = undefined;
  }
}

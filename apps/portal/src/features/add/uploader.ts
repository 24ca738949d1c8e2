import { api } from '../../api/api.js';
import type { ImportNote } from '../../api/types.js';
import type { Found } from './gather.js';
import { Rate } from './rate.js';
import { sendFile, type Sending } from './send-file.js';
import { forgetUnfinished, keyOfFile, readUnfinished, writeUnfinished } from './unfinished.js';

export interface UploadState {
  /** sent = the server has everything and examines it; its own report tells the rest. */
  readonly phase: 'idle' | 'sending' | 'paused' | 'finishing' | 'sent';
  readonly importId: string | null;
  readonly files: number;
  readonly filesDone: number;
  readonly bytes: number;
  readonly bytesDone: number;
  readonly rate: number;
  readonly waiting: boolean;
  /** Files that the server would not take at all. */
  readonly refused: readonly ImportNote[];
  readonly problem: unknown;
}

const IDLE: UploadState = {
  phase: 'idle',
  importId: null,
  files: 0,
  filesDone: 0,
  bytes: 0,
  bytesDone: 0,
  rate: 0,
  waiting: false,
  refused: [],
  problem: null,
};

const AT_ONCE = 4;
const TELL_EVERY_MS = 250;

/**
 * Sends many files, a few at once, and tells how far it is. Belongs to the page load, not to a page: one may look
 * around in the portal while it goes on.
 */
export class Uploader {
  private state = IDLE;
  private readonly listeners = new Set<() => void>();
  private queue: { found: Found; key: string }[] = [];
  private readonly running = new Map<string, { sending: Sending; found: Found; sent: number }>();
  private done = new Set<string>();
  private arrivedBytes = 0;
  private rate = new Rate();
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly owner: string) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = (): UploadState => this.state;

  /** Starts an import, or goes on with the one that was not sent to the end. */
  async start(found: readonly Found[], depositCode?: string): Promise<void> {
    this.set({ ...IDLE, phase: 'sending', files: found.length, bytes: total(found) });
    try {
      const importId = await this.importFor(depositCode);
      this.arrivedBytes = 0;
      this.rate = new Rate();
      this.queue = [];
      let filesDone = 0;
      for (const one of found) {
        const key = keyOfFile(one);
        if (this.done.has(key)) {
          filesDone += 1;
          this.arrivedBytes += one.file.size;
        } else this.queue.push({ found: one, key });
      }
      this.set({ importId, filesDone, bytesDone: this.arrivedBytes });
      this.timer = setInterval(() => this.tell(), TELL_EVERY_MS);
      this.fill();
    } catch (problem) {
      this.set({ ...IDLE, problem });
    }
  }

  pause(): void {
    if (this.state.phase !== 'sending') return;
    for (const [key, { sending, found }] of this.running) {
      sending.stop();
      this.queue.unshift({ found, key });
    }
    this.running.clear();
    clearInterval(this.timer);
    this.remember();
    this.set({ phase: 'paused', rate: 0, waiting: false });
  }

  resume(): void {
    if (this.state.phase !== 'paused') return;
    this.rate = new Rate();
    this.set({ phase: 'sending', problem: null });
    this.timer = setInterval(() => this.tell(), TELL_EVERY_MS);
    this.fill();
  }

  /** Gives up what has not been sent; what has arrived is examined and kept. */
  async stop(): Promise<void> {
    this.pause();
    this.queue = [];
    await this.finish();
  }

  /** Ready for something else. */
  reset(): void {
    this.set(IDLE);
  }

  private async importFor(depositCode: string | undefined): Promise<string> {
    const earlier = readUnfinished(this.owner);
    if (earlier !== null && depositCode === undefined) {
      const known = await api.imports.get(earlier.importId).catch(() => null);
      if (known?.state === 'receiving') {
        this.done = new Set(earlier.done);
        return earlier.importId;
      }
    }
    this.done = new Set();
    const { id } = await api.imports.start(depositCode);
    if (depositCode === undefined) writeUnfinished(this.owner, { importId: id, done: this.done });
    return id;
  }

  private fill(): void {
    const { importId } = this.state;
    if (importId === null || this.state.phase !== 'sending') return;
    while (this.running.size < AT_ONCE) {
      const next = this.queue.shift();
      if (next === undefined) break;
      this.send(importId, next.found, next.key);
    }
    if (this.running.size === 0 && this.queue.length === 0) void this.finish();
  }

  private send(importId: string, found: Found, key: string): void {
    const entry = { sent: 0, found, sending: { stop: () => undefined } as Sending };
    this.running.set(key, entry);
    const over = () => {
      // A file that was paused in the meantime is in the queue again and does not count as over.
      if (!this.running.delete(key)) return;
      this.arrivedBytes += found.file.size;
      this.set({ filesDone: this.state.filesDone + 1 });
      this.fill();
    };
    entry.sending = sendFile(importId, found, key, {
      onProgress: (sent) => {
        entry.sent = sent;
      },
      onDone: () => {
        this.done.add(key);
        over();
      },
      onRefused: (problem) => {
        this.set({
          refused: [...this.state.refused, { name: found.path, code: problem.code, message: problem.detail }],
        });
        over();
      },
      onWaiting: (waiting) => {
        if (waiting !== this.state.waiting) this.set({ waiting });
      },
    });
  }

  private async finish(): Promise<void> {
    clearInterval(this.timer);
    const { importId } = this.state;
    if (importId === null) return;
    this.set({ phase: 'finishing', bytesDone: this.state.bytes, rate: 0, waiting: false });
    try {
      await api.imports.finish(importId);
      forgetUnfinished(this.owner);
      this.set({ phase: 'sent' });
    } catch (problem) {
      this.set({ phase: 'paused', problem });
    }
  }

  private tell(): void {
    let sent = this.arrivedBytes;
    for (const entry of this.running.values()) sent += entry.sent;
    this.rate.note(sent, Date.now());
    this.set({ bytesDone: Math.min(sent, this.state.bytes), rate: this.rate.perSecond() });
    this.remember();
  }

  private remember(): void {
    const { importId } = this.state;
    if (importId !== null && readUnfinished(this.owner)?.importId === importId)
      writeUnfinished(this.owner, { importId, done: this.done });
  }

  private set(change: Partial<UploadState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

const total = (found: readonly Found[]): number => found.reduce((sum, { file }) => sum + file.size, 0);

const uploaders = new Map<string, Uploader>();

/** The one uploader of this account in this page load. */
export function uploaderOf(owner: string): Uploader {
  let uploader = uploaders.get(owner);
  if (uploader === undefined) {
    uploader = new Uploader(owner);
    uploaders.set(owner, uploader);
  }
  return uploader;
}

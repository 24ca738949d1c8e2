import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LastWords } from './last-words.mjs';

const CRASHES_ALLOWED = 5;
const CRASH_WINDOW_MS = 60_000;
/** What a process said may come after the word that it has ended; whoever inherited its output keeps that open. */
const LAST_WORDS_MS = 500;
/** Files that one process flushes at the same time share the work of the disk; Node's own number is 4. */
const FILE_THREADS = '16';
const NODE_ARGUMENTS = [
  // V8 frees the memory of buffers in a thread of its own. On a busy machine that comes late, the buffers still count
  // as used, and V8 looks through the whole heap again and again while an upload passes.
  '--no-concurrent-array-buffer-sweeping',
  // Room for what lives no longer than one file: with V8's own 16 MiB, what a burst of files needs for a moment outlives
  // two collections and has to be moved. MiB of each half.
  '--max-semi-space-size=64',
];

/**
 * Keeps one process of the product running: starts it again when it dies, with a growing pause, and gives up when it
 * keeps dying. `onGiveUp` hears its name, how it ended and what it last said, each time if that was different. The process gets an IPC channel; when this program dies, the channel closes and the process ends itself.
 */
export class Supervisor {
  #child;
  #crashes = [];
  #stopping = false;
  #listeners = new Set();

  /** `wrap` makes another command of the one that starts the process, for example to take its rights. */
  constructor({ name, entry, env, logDir, verbose, onGiveUp, wrap = (command) => command }) {
    Object.assign(this, { name, entry, env, onGiveUp, wrap });
    if (!verbose) this.log = openLog(logDir, `${name}.log`);
  }

  get pid() {
    return this.#child?.pid;
  }

  onMessage(listener) {
    this.#listeners.add(listener);
  }

  start() {
    // A group of its own: Ctrl-C reaches this program only, which then stops the processes in the right order.
    const [program, ...args] = this.wrap([process.execPath, ...NODE_ARGUMENTS, this.entry]);
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', this.log ? 'pipe' : 'inherit', this.log ? 'pipe' : 'inherit', 'ipc'],
      env: { UV_THREADPOOL_SIZE: FILE_THREADS, ...process.env, ...this.env },
    });
    this.#child = child;
    const words = new LastWords();
    if (this.log) {
      for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => words.hear(chunk));
      child.stdout.pipe(this.log, { end: false });
      child.stderr.pipe(this.log, { end: false });
    }
    child.on('message', (message) => this.#listeners.forEach((listener) => listener(message)));
    child.once('exit', (code, signal) => {
      this.#child = undefined;
      if (!this.#stopping) void this.#crashed(child, code ?? signal, words);
    });
  }

  async #crashed(child, how, words) {
    const now = Date.now();
    this.#crashes = [...this.#crashes.filter(({ at }) => now - at < CRASH_WINDOW_MS), { at: now, words }];
    if (this.#crashes.length < CRASHES_ALLOWED) {
      setTimeout(() => this.#stopping || this.start(), 200 * 2 ** (this.#crashes.length - 1));
      return;
    }
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, LAST_WORDS_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    const said = new Set(this.#crashes.map((crash) => crash.words.text).filter((text) => text !== ''));
    this.onGiveUp(this.name, how, [...said].join('\n'));
  }

  /** Asks the process to free what it owns and to end; ends it after the deadline. */
  async stop(message, deadlineMs) {
    this.#stopping = true;
    const child = this.#child;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.connected) child.send(message);
    else child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await ended;
    clearTimeout(timer);
    this.log?.end();
  }
}

/**
 * The log lies in the data folder, which is the web user's as soon as it was handed over. Root must not open anything
 * there by its own right: a link in its place would have root write wherever it leads.
 */
function openLog(logDir, name) {
  const { uid, gid } = statSync(dirname(logDir));
  const [root, rootGroup] = [process.geteuid(), process.getegid()];
  process.setegid(gid);
  process.seteuid(uid);
  try {
    mkdirSync(logDir, { recursive: true, mode: 0o700 });
    return createWriteStream('', { fd: openSync(join(logDir, name), 'a', 0o600) });
  } finally {
    process.seteuid(root);
    process.setegid(rootGroup);
  }
}

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LONGEST_LINE_BYTES } from './bounds.js';
import { apart } from './isolation.js';

const MEMORY_LOOK_MS = 100;
const PAGE_BYTES = 4096;

/** Where the files lie that the process is asked about. */
export interface ExaminerFolders {
  /** Holds uploads and every folder that is unpacked to. */
  readonly work: string;
  /** Holds what is sealed for a record already; it is read only. */
  readonly pending?: string | undefined;
}

/** Who hears what the process says and how it ends. */
export interface ExaminerListener {
  /** One line of it. What it throws is not believed, and ends the process. */
  line(line: Record<string, unknown>): void;
  /** It is gone, or was ended here. Called once, and nothing after it. */
  gone(): void;
}

/** The process that reads untrusted files, with an end as soon as it takes too much memory or says what it must not. */
export class ExaminerProcess {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly memory: NodeJS.Timeout;
  private rest = '';
  private isGone = false;

  constructor(
    memoryMiB: number,
    folders: ExaminerFolders,
    private readonly listener: ExaminerListener,
  ) {
    const { command, cwd } = examinerCommand(memoryMiB, folders);
    const [program = process.execPath, ...args] = [...apart(), process.execPath, ...command];
    // Nothing of our environment: it may hold what the process has no business with.
    this.child = spawn(program, args, { cwd, env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
    this.child.stdin.on('error', () => undefined);
    this.child.unref();
    for (const stream of [this.child.stdin, this.child.stdout])
      (stream as unknown as { unref(): void }).unref();
    this.child.stdout.on('data', (chunk: Buffer) => this.read(chunk));
    this.child.once('error', () => this.end());
    this.child.once('exit', () => this.end());
    this.memory = setInterval(() => {
      void residentMiB(this.child.pid).then((mib) => {
        if (mib > memoryMiB) this.end();
      });
    }, MEMORY_LOOK_MS);
    this.memory.unref();
  }

  say(request: unknown): void {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
  }

  end(): void {
    if (this.isGone) return;
    this.isGone = true;
    clearInterval(this.memory);
    this.child.kill('SIGKILL');
    this.listener.gone();
  }

  private read(chunk: Buffer): void {
    const lines = (this.rest + chunk.toString('utf8')).split('\n');
    this.rest = lines.pop() ?? '';
    try {
      if (this.rest.length > LONGEST_LINE_BYTES) throw new Error('line too long');
      for (const line of lines)
        if (!this.isGone) this.listener.line(JSON.parse(line) as Record<string, unknown>);
    } catch {
      this.end();
    }
  }
}

async function residentMiB(pid: number | undefined): Promise<number> {
  const pages = await readFile(`/proc/${String(pid)}/statm`, 'utf8').catch(() => '0 0');
  return (Number(pages.split(' ')[1]) * PAGE_BYTES) / 1024 ** 2;
}

/** The same entry compiled or, in tests, as TypeScript through a loader. */
function examinerCommand(memoryMiB: number, folders: ExaminerFolders): { command: string[]; cwd: string } {
  const source = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(source ? './examiner-main.ts' : './examiner-main.js', import.meta.url));
  const heap = `--max-old-space-size=${Math.max(64, Math.floor(memoryMiB / 2))}`;
  // The loader needs more than the permissions below give.
  if (source) return { command: [heap, '--import', '#typescript', main], cwd: process.cwd() };
  return { command: [heap, ...permissions(main, folders), main], cwd: dirname(main) };
}

/**
 * Code may be read and what waits to be kept, files may be read and written where uploads lie; starting programs and threads is refused. A
 * second line behind the limits, where a parser of JavaScript was talked into something.
 */
function permissions(main: string, { work, pending }: ExaminerFolders): string[] {
  const dist = main.slice(0, main.lastIndexOf('/dist/') + '/dist'.length);
  const root = dirname(dist);
  const stable = process.allowedNodeEnvironmentFlags.has('--permission');
  return [
    stable ? '--permission' : '--experimental-permission',
    ...[
      `${dist}/*`,
      join(root, 'node_modules/*'),
      join(root, 'package.json'),
      `${work}/*`,
      ...(pending === undefined ? [] : [`${pending}/*`]),
    ].map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${work}/*`,
  ];
}

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3-multiple-ciphers';

/** When it is killed: before the step, once it has begun, or when it is done. */
const MOMENTS = ['before', 'during', 'after'] as const;

const OF_PATHS = [
  ...['appendFile', 'copyFile', 'cp', 'link', 'mkdir', 'mkdtemp', 'open', 'rename', 'rm', 'rmdir'],
  ...['symlink', 'truncate', 'unlink', 'writeFile'],
];
const OF_DESCRIPTORS = ['fdatasync', 'fsync', 'ftruncate', 'write', 'writev'];
const OF_HANDLES = ['appendFile', 'datasync', 'sync', 'truncate', 'write', 'writeFile', 'writev'];
const OF_STATEMENTS = ['all', 'get', 'iterate', 'run'];
/** SQLite counts these as no writing. */
const OF_TRANSACTIONS = /^\s*(BEGIN|COMMIT|END|RELEASE|ROLLBACK|SAVEPOINT)\b/i;

const { O_CREAT, O_RDWR, O_TRUNC, O_WRONLY } = fs.constants;

type Call = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Ends this process by SIGKILL at a step of what it does. A step is a call that changes a file or makes it durable, an SQL
 * statement that writes or bounds a transaction, or a job for another thread, whose own steps are not counted.
 */
export class KilledAtStep {
  private taken = 0;
  private isCounting = false;

  private constructor(private readonly last: number) {}

  /** @param last none is counted before `in`. */
  static async prepare(last: number): Promise<KilledAtStep> {
    const killed = new KilledAtStep(last);
    const handle = await fs.promises.open('/dev/null');
    killed.watch('handle', Object.getPrototypeOf(handle), OF_HANDLES);
    await handle.close();
    killed.watch('fs', fs.promises, OF_PATHS);
    const inTurn = [...OF_PATHS, ...OF_DESCRIPTORS];
    killed.watch('fs', fs, [...inTurn, ...inTurn.map((name) => `${name}Sync`)]);
    syncBuiltinESMExports();
    const memory = new Database(':memory:');
    killed.watch('sql', Object.getPrototypeOf(memory.prepare('SELECT 1')), OF_STATEMENTS);
    killed.watch('sql', Object.getPrototypeOf(memory), ['exec']);
    memory.close();
    killed.watch('thread', Worker.prototype, ['postMessage']);
    return killed;
  }

  /** Answers how many steps it was, where it came to the end. */
  async in(act: () => Promise<void>): Promise<number> {
    this.isCounting = true;
    await act();
    this.isCounting = false;
    return this.taken;
  }

  private watch(kind: string, object: unknown, names: readonly string[]): void {
    const methods = object as Record<string, Call>;
    const watch = this.step.bind(this);
    for (const name of names) {
      const original = methods[name];
      if (original === undefined) continue;
      methods[name] = function (...args) {
        const work = () => original.apply(this, args);
        return changes(kind, name, this, args) ? watch(`${kind} ${name}`, work) : work();
      };
    }
  }

  private step(name: string, work: () => unknown): unknown {
    if (!this.isCounting || ++this.taken !== this.last) return work();
    const moment = MOMENTS[this.last % MOMENTS.length] ?? 'before';
    const end = () => {
      process.stdout.write(`killed ${moment} ${name}\n`);
      process.kill(process.pid, 'SIGKILL');
    };
    if (moment === 'before') end();
    const result = work();
    if (moment === 'after' && result instanceof Promise) return result.finally(end);
    end();
    return result;
  }
}

function changes(kind: string, name: string, self: unknown, args: readonly unknown[]): boolean {
  if (kind === 'sql' && name !== 'exec') {
    const { readonly, source } = self as Database.Statement;
    return !readonly || OF_TRANSACTIONS.test(source);
  }
  if (!name.startsWith('open')) return true;
  const [, flags = 'r'] = args;
  return typeof flags === 'number'
    ? (flags & (O_CREAT | O_RDWR | O_TRUNC | O_WRONLY)) !== 0
    : /[wa+]/.test(String(flags));
}

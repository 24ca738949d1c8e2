import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askDatabaseKey, databaseKeySocket, type DatabasePlace } from '@vitrine/persistence';
import { environmentOf, placeIn } from '@vitrine/persistence/testing';
import { freePort } from './free-port.js';
import { untilIdle } from './host-state.js';
import { ROOT } from './root.js';

const START_DEADLINE_MS = 180_000;
const END_DEADLINE_MS = 30_000;
/** Of nobody on this machine: whom the processes run as that speak to people. */
export const WEB_USER = { uid: 62_431, gid: 62_431 };
const KEY_WITHIN_MS = 5_000;
/** What a run of many tests says: where the copy lies that each stack starts from. */
const TEMPLATE = process.env['VITRINE_TEST_TEMPLATE'];
/** What belongs together of an installation that has ended. */
const KEPT = ['data', 'keys', 'host'];
const ENTRIES = {
  'session-host': 'dist/apps/session-host/main.js',
  'control-plane': 'dist/apps/control-plane/main.js',
  'session-gateway': 'dist/apps/session-gateway/main.js',
} as const;
export type PartName = keyof typeof ENTRIES;
export const PARTS = Object.keys(ENTRIES) as readonly PartName[];

export interface OneTimePassword {
  readonly role: string;
  readonly email: string;
  readonly oneTimePassword: string;
}

/** The built product with a data root and a run folder of its own, on a free port: what `npm start` runs. */
export class Stack {
  readonly people: OneTimePassword[] = [];
  private readonly parts = new Map<PartName, ChildProcess>();
  /** Copies are one installation to the engine, so there is only one at a time. */
  private static copyInUse = false;
  private isCopy = false;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly extraEnv: Readonly<Record<string, string>>,
    private readonly place: DatabasePlace,
  ) {}

  /** Starts all processes and waits until the API answers through the gateway. */
  static async start(extraEnv: Readonly<Record<string, string>> = {}): Promise<Stack> {
    const stack = await Stack.startHost(extraEnv);
    await stack.startWeb();
    return stack;
  }

  /**
   * The same for tests that are about something else than a first start. In a run of many tests the shipped viewers are
   * tested once, which keeps a machine busy for a minute, and each stack starts where that one ended.
   */
  static async startTested(extraEnv: Readonly<Record<string, string>> = {}): Promise<Stack> {
    const stack = await Stack.prepare(extraEnv);
    if (TEMPLATE && stack.place.databaseUrl === undefined) {
      if (Stack.copyInUse) throw new Error('There is a tested stack already');
      if (!existsSync(TEMPLATE)) await Stack.makeTemplate(TEMPLATE);
      for (const name of KEPT) copy(join(TEMPLATE, name), stack.folder);
      Stack.copyInUse = stack.isCopy = true;
    }
    await stack.startPart('session-host');
    await stack.startWeb();
    return stack;
  }

  private static async makeTemplate(template: string): Promise<void> {
    const stack = await Stack.start();
    await untilIdle(stack);
    await stack.end();
    mkdirSync(`${template}.new`, { mode: 0o711 });
    for (const name of KEPT) copy(join(stack.folder, name), `${template}.new`);
    renameSync(`${template}.new`, template);
    await stack.close();
  }

  /** Starts the session host alone: whoever asks it takes the part of the control plane. */
  static async startHost(extraEnv: Readonly<Record<string, string>> = {}): Promise<Stack> {
    const stack = await Stack.prepare(extraEnv);
    await stack.startPart('session-host');
    return stack;
  }

  private static async prepare(extraEnv: Readonly<Record<string, string>>): Promise<Stack> {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-stack-'));
    // Everybody may pass, as through the folders of a real machine.
    chmodSync(folder, 0o711);
    const place = await placeIn(extraEnv['VITRINE_DATA_DIR'] ?? join(folder, 'data'));
    return new Stack(folder, await freePort(), extraEnv, place);
  }

  private async startWeb(): Promise<void> {
    await Promise.all([this.startPart('control-plane'), this.startPart('session-gateway')]);
    await this.waitUntilHealthy();
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  get runDir(): string {
    return join(this.folder, 'run');
  }

  get scratchDir(): string {
    return this.extraEnv['VITRINE_SCRATCH_DIR'] ?? join(this.folder, 'scratch');
  }

  get dataDir(): string {
    return this.place.dataDir;
  }

  get installationId(): string {
    return readFileSync(join(this.dataDir, 'installation'), 'utf8').trim();
  }

  /** The database as a third process would open it, beside the two that run. */
  async openPlace(): Promise<DatabasePlace> {
    if (this.place.databaseUrl !== undefined) return this.place;
    return { ...this.place, key: await askDatabaseKey(databaseKeySocket(this.runDir), KEY_WITHIN_MS) };
  }

  /** Starts one process; resolves when it says that it is ready. */
  async startPart(name: PartName): Promise<void> {
    const child = this.fork(name);
    this.parts.set(name, child);
    await this.untilReady(name, child);
  }

  /** Starts another one of a process that runs. Rejects when it ends by itself, with what it said; else it is killed. */
  async startBeside(name: PartName): Promise<void> {
    const child = this.fork(name);
    try {
      await this.untilReady(name, child);
    } finally {
      child.kill('SIGKILL');
    }
  }

  /** What tells a command of the operator where things are. */
  get operatorEnv(): NodeJS.ProcessEnv {
    return {
      ...environmentOf(this.place),
      VITRINE_KEY_FILE: join(this.folder, 'keys', 'key'),
      VITRINE_HOST_SECRET_FILE: join(this.folder, 'host', 'secret'),
    };
  }

  private fork(name: PartName): ChildProcess {
    const child = fork(join(ROOT, ENTRIES[name]), [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // As the supervisor starts it.
      execArgv: ['--no-concurrent-array-buffer-sweeping', '--max-semi-space-size=64'],
      ...(name === 'session-host' ? {} : WEB_USER),
      env: {
        UV_THREADPOOL_SIZE: '16',
        ...process.env,
        ...this.operatorEnv,
        VITRINE_SCRATCH_DIR: this.scratchDir,
        VITRINE_WEB_USER: `${WEB_USER.uid}:${WEB_USER.gid}`,
        VITRINE_RUN_DIR: this.runDir,
        VITRINE_PORT: String(this.port),
        VITRINE_PUBLIC_URL: this.origin,
        VITRINE_PORTAL_DIR: join(ROOT, 'dist/apps/portal'),
        // A test that counts guests counts those of its own sessions; who wants warm ones says so.
        VITRINE_WARM_VIEWERS: '0',
        VITRINE_WARM_BRIDGES: '0',
        ...this.extraEnv,
      },
    });
    const log = createWriteStream(join(this.folder, `${name}.log`), { flags: 'a' });
    child.stdout?.pipe(log);
    child.stderr?.pipe(log);
    return child;
  }

  private untilReady(name: PartName, child: ChildProcess): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${name} did not get ready\n${this.logTail(name)}`)),
        START_DEADLINE_MS,
      );
      child.once('exit', () => reject(new Error(`${name} ended\n${this.logTail(name)}`)));
      child.on('message', (message: { kind: string } & OneTimePassword) => {
        if (message.kind === 'one-time-password') this.people.push(message);
        if (message.kind !== 'ready') return;
        clearTimeout(late);
        resolve();
      });
    });
  }

  /** SIGKILL: what a crash or a power cut is to a process. Resolves when it is gone. */
  async kill(name: PartName): Promise<void> {
    const child = this.parts.get(name);
    if (!child || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await this.gone(name);
  }

  /** As if the program that started all processes had been killed. Resolves when they have ended by themselves. */
  async abandon(): Promise<void> {
    const names = [...this.parts.keys()];
    for (const child of this.parts.values()) child.disconnect();
    await Promise.all(names.map((name) => this.gone(name)));
  }

  /** Resolves when the process has ended. */
  async gone(name: PartName): Promise<void> {
    const child = this.parts.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => child.once('exit', resolve));
  }

  pidOf(name: PartName): number {
    const pid = this.parts.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} does not run`);
    return pid;
  }

  async waitUntilHealthy(): Promise<void> {
    const deadline = Date.now() + START_DEADLINE_MS;
    while (Date.now() < deadline) {
      const answer = await fetch(`${this.origin}/api/health`, {
        // One that is kept is closed from the other side after some seconds, and then not fit for the next.
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(2_000),
      }).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The stack does not answer\n${this.logTail('control-plane')}`);
  }

  /** Ends everything as Ctrl-C does, and removes the folder. */
  async close(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
    if (this.isCopy) Stack.copyInUse = false;
  }

  /** Ends everything as Ctrl-C does; the data stays. */
  async end(): Promise<void> {
    // The host last: the others end what runs on it.
    const parts = [...this.parts].sort(([a], [b]) => rank(a) - rank(b));
    for (const [name, child] of parts) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      const timer = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
      if (child.connected) child.send({ kind: 'end' });
      await gone;
      clearTimeout(timer);
      this.parts.delete(name);
    }
  }

  logTail(name: PartName): string {
    const file = join(this.folder, `${name}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-40).join('\n') : '(no log)';
  }
}

/** Keeps whose a file is: of the two users who run the product, each reads its own. */
function copy(path: string, into: string): void {
  const { status, stderr } = spawnSync('cp', ['--archive', path, into], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${path} could not be copied: ${stderr}`);
}

const rank = (name: PartName): number => (name === 'session-host' ? 1 : 0);

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const PATIENCE_MS = 240_000;
const LOOK_MS = 5;

/** A program of a test that stores until it is killed, and says line by line what was acknowledged to it. */
export class StoringChild {
  private said = '';

  private constructor(readonly process: ChildProcess) {
    process.stdout?.on('data', (chunk: Buffer) => {
      this.said += chunk.toString();
    });
  }

  /** @param script TypeScript, which is given the folder that it stores in. */
  static start(
    script: string,
    folder: string,
    environment: Readonly<Record<string, string>> = {},
  ): StoringChild {
    const args = ['--import', '#typescript', script, folder];
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    return new StoringChild(
      spawn(process.execPath, args, { stdio: [...stdio], env: { ...process.env, ...environment } }),
    );
  }

  /** Whole lines that it said so far. */
  readonly lines = (): readonly string[] => this.said.split('\n').slice(0, -1);

  /** How many of its lines begin like this. */
  count(start = ''): number {
    return this.lines().filter((line) => line.startsWith(start)).length;
  }

  /** Waits for something that it does. */
  async until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!condition()) {
      if (this.isGone || performance.now() > deadline) throw new Error('nothing is stored any more');
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  }

  /** Ends it without warning, if it still runs. */
  async kill(): Promise<void> {
    if (this.isGone) return;
    // Also what it said last is read then.
    const gone = once(this.process, 'close');
    this.process.kill('SIGKILL');
    await gone;
  }

  private get isGone(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }
}

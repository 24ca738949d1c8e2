import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { withDeadline } from '@vitrine/kernel';

/** Runs one command after the other and answers each with a line: its exit code and what it said. */
const LOOP = `while IFS= read -r line; do
  said=$(eval "$line" 2>&1 </dev/null); code=$?
  [ -z "$said" ] || said=$(printf '%s' "$said" | head -c 500 | tr '\\n' ' ')
  printf '%s %s\\n' "$code" "$said"
done`;
/** Mounting takes milliseconds; a shell that is silent for so long hangs in the kernel. */
const DEADLINE_MS = 20_000;

interface Asked {
  answer(line: string): void;
  fail(error: Error): void;
}

/**
 * One `sh` that waits for commands. Starting a program from a large process stops all of that process until the
 * program runs: several milliseconds each time, and a session's start mounts and unmounts half a dozen times. A small
 * shell starts them in a fraction of that, and nobody waits. It is started when first needed, ends with its owner
 * (also after a SIGKILL, since its input ends), and keeps no process alive that has nothing else to do.
 */
export class CommandShell {
  private child: ChildProcessWithoutNullStreams | undefined;
  /** In the order in which they were put. */
  private waiting: Asked[] = [];

  /** Runs the command with the parameters as $1, $2, …; rejects with what it said when its code is not 0. */
  async run(command: string, ...parameters: readonly string[]): Promise<void> {
    const line = `set -- ${parameters.map(quoted).join(' ')}; ${command}`;
    if (/[\n\0]/.test(line)) throw new TypeError('a command has one line');
    const answer = await withDeadline(DEADLINE_MS, 'hypervisor.took-too-long', () => this.ask(line)).catch(
      (error: unknown) => {
        this.end(error as Error);
        throw error;
      },
    );
    const [code, ...said] = answer.split(' ');
    if (code !== '0') throw new Error(`${command}: ${said.join(' ').trim()} (code ${code ?? ''})`);
  }

  private ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = (this.child ??= this.start());
      if (this.waiting.length === 0) hold(child, true);
      this.waiting.push({ answer: resolve, fail: reject });
      child.stdin.write(`${line}\n`);
    });
  }

  private start(): ChildProcessWithoutNullStreams {
    // In a group of its own: Ctrl-C at the terminal must not end it before what it mounted is taken away.
    const child = spawn('/bin/sh', ['-c', LOOP], { stdio: 'pipe', detached: true });
    const gone = () => {
      if (this.child === child) this.end(new Error('The shell for commands ended.'));
    };
    child.once('error', gone).once('exit', gone);
    child.stdin.on('error', gone);
    child.stderr.resume();
    createInterface(child.stdout).on('line', (answer) => {
      this.waiting.shift()?.answer(answer);
      if (this.waiting.length === 0) hold(child, false);
    });
    hold(child, false);
    return child;
  }

  private end(cause: Error): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
    for (const { fail } of this.waiting.splice(0)) fail(cause);
  }
}

/** Whether the process has to stay for the shell's sake. */
function hold(child: ChildProcessWithoutNullStreams, held: boolean): void {
  for (const each of [child, child.stdin, child.stdout, child.stderr] as unknown as NodeJS.Timeout[])
    if (held) each.ref();
    else each.unref();
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

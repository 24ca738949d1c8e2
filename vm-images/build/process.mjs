import { spawn } from 'node:child_process';

/** A failure with one sentence for the person who started the build; `detail` holds the last output, if any. */
export class BuildError extends Error {
  constructor(sentence, detail = '') {
    super(detail ? `${sentence}\n${detail}` : sentence);
    this.sentence = sentence;
  }
}

const TAIL_LINES = 20;

/**
 * Runs a program to its end and resolves to `{code, stdout, tail}`; never throws for an exit code. `onLine` sees each
 * line of stdout and stderr. The program is killed after `timeoutMs`, and its code is then null.
 */
export function run(command, args, { env, onLine, stdin, timeoutMs = 600_000 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    const tail = [];
    let stdout = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const lines = (stream, each) => {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk) => {
        const parts = (rest + chunk).split(/\r?\n/);
        rest = parts.pop() ?? '';
        for (const line of parts) each(line);
      });
      stream.on('end', () => rest && each(rest));
    };
    const seen = (line) => {
      if (!line.trim()) return;
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine?.(line);
    };
    lines(child.stdout, (line) => {
      stdout += `${line}\n`;
      seen(line);
    });
    lines(child.stderr, seen);
    stdin?.pipe(child.stdin);
    child.stdin?.on('error', () => {}); // The program may end before it has read everything; its exit code tells.
    const finish = (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, tail: tail.join('\n') });
    };
    child.on('error', () => finish(127));
    child.on('close', finish);
  });
}

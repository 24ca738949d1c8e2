import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.js';

const EXAMPLE_MS = 120_000;
const END = '\u001eend of the example ';
const ASSIGNMENT = /^([A-Z_]+)=/;
const FENCE = /^```(?:sh(?: (settings|operator|not-run: .+))?|\w+ (not-run: .+))$/;

/**
 * What is in a fence of a page. `run`: by the test, word for word. `settings`: what a reader puts own values into, and so
 * does the test. `operator`: how Vitrine is started; the test starts it with these settings. `not-run`: why it is not run.
 */
export interface Example {
  readonly use: 'run' | 'settings' | 'operator' | 'not-run';
  readonly reason: string;
  readonly line: number;
  readonly text: string;
}

/** The examples of a page below the checkout. Throws for a fence that does not say how it is tested. */
export function examplesOf(path: string): Example[] {
  const examples: Example[] = [];
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
  for (let at = 0; at < lines.length; at++) {
    const fence = lines[at] ?? '';
    if (!fence.startsWith('```')) continue;
    const end = lines.indexOf('```', at + 1);
    const known = FENCE.exec(fence);
    if (end < 0 || known === null)
      throw new Error(`${path}:${at + 1}: “${fence}” does not say how it is tested`);
    const [use = 'run', reason = ''] = (known[1] ?? known[2] ?? 'run').split(': ');
    const text = lines.slice(at + 1, end).join('\n');
    examples.push({ use: use as Example['use'], reason, line: at + 1, text });
    at = end;
  }
  return examples;
}

/** The settings by which the examples for operators start Vitrine. @param own the value of the test for each. */
export function startedAs(
  path: string,
  about: string,
  own: (name: string, value: string) => string,
): Record<string, string> {
  const example = examplesOf(path).find(({ use, text }) => use === 'operator' && text.includes(about));
  if (!example?.text.endsWith('npm start')) throw new Error(`${path} does not start Vitrine with ${about}`);
  return Object.fromEntries(
    [...example.text.matchAll(/(VITRINE_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [
      name,
      own(name, value),
    ]),
  );
}

/** A reader of a page, who types one example after the other into the same shell. */
export class ExamplePage {
  /** Examples that are not run, with the reason. */
  readonly notRun = new Set<string>();
  private readonly examples: readonly Example[];
  private readonly shell: ChildProcess;
  private next = 0;
  private said = '';

  /**
   * @param folder where the reader is
   * @param env over that of the test, with `HOME` for what programs keep
   */
  constructor(
    private readonly path: string,
    private readonly folder: string,
    env: Readonly<Record<string, string>>,
    user: { readonly uid?: number; readonly gid?: number } = {},
  ) {
    this.examples = examplesOf(path);
    this.shell = spawn('/bin/bash', ['--norc', '-euo', 'pipefail'], {
      ...user,
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.shell.stdout, this.shell.stderr])
      stream?.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    // That it has ended is seen by whoever waits for it.
    this.shell.stdin?.on('error', () => undefined);
    this.shell.stdin?.write('exec 2>&1\n');
  }

  /** The next example is for values of the reader: gives a value to each of its names. */
  async fill(values: Readonly<Record<string, string | number>>): Promise<void> {
    const { text, line } = this.take('settings');
    const names = text.split('\n').flatMap((one) => ASSIGNMENT.exec(one)?.[1] ?? []);
    if (names.join() !== Object.keys(values).join())
      throw new Error(`${this.path}:${line} wants ${names.join()}, not ${Object.keys(values).join()}`);
    const own = names.map((name) => `${name}='${String(values[name]).replaceAll("'", "'\\''")}'`);
    await this.typed(own.join('\n'), line);
  }

  /** Runs the next example, in which `about` stands; answers all that it printed. Fails with what fails in it. */
  async run(about: string): Promise<string> {
    const { text, line } = this.take('run');
    if (!text.includes(about)) throw new Error(`${this.path}:${line} is not about “${about}”:\n${text}`);
    return this.typed(text, line);
  }

  /** Types something that does not stand on the page. */
  type(text: string): Promise<string> {
    return this.typed(text, 0);
  }

  /** The reader begins again from the first example. */
  again(): void {
    this.next = 0;
  }

  /** Leaves out so many examples, which were run before. */
  leaveOut(examples: number): void {
    for (let left = examples; left > 0; left--) this.take('run');
  }

  kill(): void {
    this.shell.kill('SIGKILL');
  }

  /** Throws if there is something on the page behind the last example that was run. */
  end(): void {
    this.kill();
    this.passOver();
    const left = this.examples.slice(this.next).map(({ line }) => `${this.path}:${line}`);
    if (left.length > 0) throw new Error(`not run: ${left.join(' ')}`);
  }

  private take(use: Example['use']): Example {
    this.passOver();
    const example = this.examples[this.next++];
    if (example?.use !== use) throw new Error(`${this.path}:${example?.line ?? 'end'} is not “${use}”`);
    return example;
  }

  private passOver(): void {
    for (let one = this.examples[this.next]; one !== undefined; one = this.examples[++this.next])
      if (one.use === 'not-run') this.notRun.add(`${this.path}:${one.line}: ${one.reason}`);
      else if (one.use !== 'operator') return;
  }

  private async typed(text: string, line: number): Promise<string> {
    this.said = '';
    // Programs that ask get no answer rather than the next line.
    this.shell.stdin?.write(`. /dev/fd/3 3<<'VITRINE' < /dev/null\n${text}\nVITRINE\nprintf '${END}\\n'\n`);
    const deadline = Date.now() + EXAMPLE_MS;
    while (!this.said.includes(END)) {
      if (this.shell.exitCode !== null || Date.now() > deadline)
        throw new Error(`${this.path}:${line} failed in ${this.folder}:\n${text}\n--\n${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this.said.slice(0, this.said.indexOf(END));
  }
}

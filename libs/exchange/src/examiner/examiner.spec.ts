import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Examiner } from './examiner.js';

jest.setTimeout(120_000);

describe('Examiner', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-examine-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const fileOf = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('refuses only the file that takes too long, and goes on with a fresh process', async () => {
    const pipe = join(folder, 'pipe');
    const { execFileSync } = await import('node:child_process');
    // Opening a pipe that nobody writes to blocks for good, like a parser in an endless loop.
    execFileSync('mkfifo', [pipe]);
    const examiner = new Examiner({ work: tmpdir() }, { timeMs: 300, memoryMiB: 512, startMs: 20_000 });
    const pdf = fileOf('a.pdf', '%PDF-1.4\n');
    expect(await examiner.recognise({ path: pdf }, 'a.pdf')).toEqual({
      kind: 'file',
      format: 'pdf',
      flagged: false,
    });
    const start = performance.now();
    expect(await examiner.recognise({ path: pipe }, 'pipe')).toEqual({
      kind: 'refused',
      code: 'exchange.took-too-long',
    });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(await examiner.recognise({ path: pdf }, 'a.pdf')).toEqual({
      kind: 'file',
      format: 'pdf',
      flagged: false,
    });
    examiner.close();
  });

  it('takes an answer that came in time, though nothing here ran until later', async () => {
    const examiner = new Examiner({ work: tmpdir() }, { timeMs: 300, memoryMiB: 512, startMs: 20_000 });
    const pdf = fileOf('held.pdf', '%PDF-1.4\n');
    await examiner.recognise({ path: pdf }, 'first.pdf');
    const answer = examiner.recognise({ path: pdf }, 'second.pdf');
    // As when the host is paused or this process is stopped: the other one has long answered.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 900);
    expect(await answer).toEqual({ kind: 'file', format: 'pdf', flagged: false });
    examiner.close();
  });

  it('ends a process that takes too much memory', async () => {
    // No process of Node is that small, so the first look at it is the last.
    const examiner = new Examiner({ work: tmpdir() }, { timeMs: 10_000, memoryMiB: 8, startMs: 20_000 });
    await expect(examiner.recognise({ path: fileOf('b.pdf', '%PDF-1.4\n') }, 'b.pdf')).rejects.toMatchObject({
      code: 'kernel.busy',
    });
    examiner.close();
  });

  it('says that a file which is gone cannot be read', async () => {
    const examiner = new Examiner({ work: tmpdir() });
    expect(await examiner.recognise({ path: join(folder, 'gone') }, 'gone')).toEqual({
      kind: 'refused',
      code: 'exchange.unknown-format',
    });
    examiner.close();
    expect(statSync(folder).isDirectory()).toBe(true);
  });
});

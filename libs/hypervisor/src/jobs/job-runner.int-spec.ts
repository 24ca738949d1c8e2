import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger, type Settings } from '@vitrine/kernel';
import { EngineFixture } from '../../testing/engine-fixture.js';
import { JobRunner, type JobRequest } from './job-runner.js';

let engine: EngineFixture;
let runner: JobRunner;
/** Of the process that is started after this one died. */
let next: JobRunner;
let input: string;

beforeAll(async () => {
  engine = await EngineFixture.open();
  input = join(engine.runDir, 'input');
  await mkdir(input);
  await writeFile(join(input, 'scan'), 'pixels');
  const settings = { runDir: engine.runDir } as Settings;
  const open = () => new JobRunner(engine.driver, engine.mounts, settings, createLogger('test', 'silent'));
  runner = open();
  next = open();
});
afterAll(() => engine.close());

const job = (command: string[], more: Partial<JobRequest> = {}): JobRequest => ({
  imageDigest: engine.image,
  command,
  inputPath: input,
  outputMiB: 1,
  collect: [{ name: /[a-z]+\.ppm/, maximumBytes: 1000 }],
  limits: { cpus: 1, memoryMiB: 64, pids: 16, scratchMiB: 4 },
  timeLimitMs: 20_000,
  ...more,
});

const nothingIsLeft = async () => {
  expect(await engine.driver.list(engine.soon)).toEqual([]);
  expect(await readdir(join(engine.runDir, 'jobs')).catch(() => [])).toEqual([]);
  expect((await engine.mounts.list()).filter(({ path }) => path.startsWith(engine.runDir))).toEqual([]);
};

describe('a job', () => {
  it('reads its input, leaves its result, and nothing else stays', async () => {
    const result = await runner.run(job(['shell', 'cat /input/scan > /output/a.ppm']), engine.soon);
    expect(result).toMatchObject({ exitCode: 0, detail: 'exited', refused: 0 });
    expect(result.files.map(({ name, untrustedContent }) => [name, String(untrustedContent)])).toEqual([
      ['a.ppm', 'pixels'],
    ]);
    await nothingIsLeft();
  });

  it('hands over none of the traps in its result folder', async () => {
    const result = await runner.run(job(['results']), engine.soon);
    expect(result.files.map(({ name }) => name)).toEqual(['thumbnail.ppm']);
    expect(result.refused).toBe(8);
  });

  it('that fails is a result', async () => {
    expect(await runner.run(job(['exit', '7']), engine.soon)).toMatchObject({ exitCode: 7, files: [] });
  });

  it('that takes all the memory is ended, and says so', async () => {
    const eat = 'my @all; push @all, "x" x 1_000_000 while 1';
    const result = await runner.run(job(['perl', eat]), engine.soon);
    expect(result).toMatchObject({ exitCode: 137, detail: 'out of memory' });
  });

  it('cannot fill more than its output', async () => {
    const fill = 'head -c 5000000 /dev/zero > /output/a.ppm; ls /output | wc -l';
    expect(await runner.run(job(['shell', fill]), engine.soon)).toMatchObject({ files: [], refused: 1 });
  });

  it('cannot write its input', async () => {
    expect(await runner.run(job(['shell', 'touch /input/x']), engine.soon)).toMatchObject({ exitCode: 1 });
    expect(await readdir(input)).toEqual(['scan']);
  });

  it('is destroyed when its time is up, also when it does not want to end', async () => {
    const late = runner.run(job(['stubborn'], { timeLimitMs: 700 }), engine.soon);
    await expect(late).rejects.toMatchObject({ code: 'hypervisor.took-too-long' });
    await nothingIsLeft();
  });

  it('whose image is missing leaves nothing', async () => {
    const missing = job(['exit', '0'], { imageDigest: `sha256:${'0'.repeat(64)}` });
    await expect(runner.run(missing, engine.soon)).rejects.toMatchObject({
      code: 'hypervisor.image-missing',
    });
    await nothingIsLeft();
  });

  it('of a process that died is swept at the next start', async () => {
    const died = new AbortController();
    const running = runner.run(job(['sleep']), { signal: died.signal });
    while ((await engine.driver.list(engine.soon)).length === 0)
      await new Promise((done) => setTimeout(done, 20));
    await next.onModuleInit();
    // The process that asked would be dead by now; here it only has to get an answer.
    await running.catch(() => undefined);
    await nothingIsLeft();
    died.abort();
  });
});

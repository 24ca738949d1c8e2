import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Supervisor } from '../../tools/setup/supervisor.mjs';

// Five starts, and three seconds of pauses between them.
jest.setTimeout(120_000);

describe('a process that keeps ending', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-supervised-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a program until it is given up. */
  const givenUp = (program: string) =>
    new Promise<{ name: string; how: number | string; words: string }>((resolve) => {
      const entry = join(folder, 'part.mjs');
      writeFileSync(entry, program);
      new Supervisor({
        name: 'part',
        entry,
        env: { FOLDER: folder },
        logDir: join(folder, 'log'),
        verbose: false,
        onGiveUp: (name, how, words) => resolve({ name, how, words }),
      }).start();
    });
  const logged = () => readFileSync(join(folder, 'log', 'part.log'), 'utf8');

  it('is given up with the reason, which the log has as well', async () => {
    const { name, how, words } = await givenUp(`
      const line = { level: 60, at: new Date().toISOString(), err: { type: 'Error', message: 'no room on the disk', stack: 'Error: at' } };
      process.stdout.write(JSON.stringify({ level: 30, msg: 'it begins' }) + '\\n');
      process.stdout.write(JSON.stringify({ ...line, msg: 'cannot start' }) + '\\n');
      process.exitCode = 1;
    `);
    expect([name, how]).toEqual(['part', 1]);
    expect(words).toBe('cannot start: no room on the disk');
    expect(logged().match(/cannot start/g)).toHaveLength(5);
  });

  it('is given up with the end of what Node said of it', async () => {
    const { how, words } = await givenUp(`import './not-there.mjs';`);
    expect(how).toBe(1);
    expect(words).toContain('ERR_MODULE_NOT_FOUND');
    expect(words).toContain('not-there.mjs');
  });

  it('tells of each reason where the first led to others', async () => {
    const { words } = await givenUp(`
      import { existsSync, writeFileSync } from 'node:fs';
      const left = process.env.FOLDER + '/left';
      const why = existsSync(left) ? 'something is left here' : 'the machine said no';
      writeFileSync(left, '');
      process.stderr.write(why + '\\n');
      process.exitCode = 1;
    `);
    expect(words.split('\n')).toEqual(['the machine said no', 'something is left here']);
  });

  it('is given up although it never said a word', async () => {
    expect(await givenUp('process.exitCode = 3;')).toEqual({ name: 'part', how: 3, words: '' });
  });
});

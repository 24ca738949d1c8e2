import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { replaceFiles } from '../../tools/setup/replace-files.mjs';

describe('replaceFiles', () => {
  let folder: string;
  let made: string;
  let target: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-replaced-'));
    made = join(folder, 'made');
    target = join(folder, 'apps', 'part');
    mkdirSync(made);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const build = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
    replaceFiles(made, target, ['main.js', 'some-worker.js']);
  };
  const there = () =>
    Object.fromEntries(readdirSync(target).map((name) => [name, readFileSync(join(target, name), 'utf8')]));

  it('puts a program where none was', () => {
    const files = { 'main.js': "import './part-1.js';", 'part-1.js': '1', 'some-worker.js': '1' };
    build(files);
    expect(there()).toEqual(files);
    expect(readdirSync(made)).toEqual([]);
  });

  it('leaves nothing of the former one', () => {
    build({ 'main.js': "import './part-1.js';", 'part-1.js': '1' });
    mkdirSync(join(target, 'libs'));
    writeFileSync(join(target, 'libs', 'old.js'), '');
    const files = { 'main.js': "import './part-2.js';", 'part-2.js': '2' };
    build(files);
    expect(there()).toEqual(files);
  });

  it('leaves the former one startable when it is cut off', () => {
    const before = { 'main.js': "import './part-1.js';", 'part-1.js': '1' };
    build(before);
    // A folder in the place of the entry cannot be moved over a file: the work ends there.
    mkdirSync(join(made, 'main.js'));
    expect(() => build({ 'part-2.js': '2' })).toThrow();
    expect(there()).toEqual({ ...before, 'part-2.js': '2' });
  });
});

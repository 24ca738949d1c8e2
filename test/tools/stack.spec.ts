import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/root.js';

describe('npm run stack', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-stack-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const said = (log: string) => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'tools/stack.mjs')], {
      input: log,
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout;
  };
  const url = (name: string) => pathToFileURL(join(folder, name)).href;

  it('names the files that an application was made of, and leaves everything else of a log as it is', () => {
    // The first place of the first line comes from line 3 of the source.
    const map = { version: 3, sources: ['compiled/thing.js'], names: [], mappings: 'AAEA' };
    writeFileSync(join(folder, 'main.js.map'), JSON.stringify(map));
    const line = `{"err":{"stack":"Error: no\\n    at run (${url('main.js')}:1:1)\\n    at node:net:1:2"}}`;
    expect(said(`{"msg":"ready"}\n${line}\n`)).toBe(
      `{"msg":"ready"}\n${line.replace(`${url('main.js')}:1:1`, 'compiled/thing.js:3:1')}\n`,
    );
  });

  it('leaves the place of a file without a map', () => {
    const line = `at run (${url('other.js')}:1:1)\n`;
    expect(said(line)).toBe(line);
  });
});

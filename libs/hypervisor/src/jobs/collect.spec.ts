import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { collectResults, type CollectBounds } from './collect.js';

let folder: string;
const put = (name: string, content = 'x') => writeFileSync(join(folder, name), content);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'results-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('takes the expected files and counts what it leaves behind', async () => {
  put('thumbnail.ppm', 'P6');
  put('page-1.txt', 'one');
  put('cmd.csv', '=cmd()');
  const { files, refused } = await collectResults(folder, [
    { name: 'thumbnail.ppm', maximumBytes: 100 },
    { name: /page-\d+\.txt/, maximumBytes: 100 },
  ]);
  expect(files.map(({ name, untrustedContent }) => [name, untrustedContent.toString()]).sort()).toEqual([
    ['page-1.txt', 'one'],
    ['thumbnail.ppm', 'P6'],
  ]);
  expect(refused).toBe(1);
});

it('opens no link, no second name, no pipe, no folder, nothing large, nothing sparse', async () => {
  symlinkSync('/etc/hostname', join(folder, 'link.ppm'));
  put('two.ppm');
  linkSync(join(folder, 'two.ppm'), join(folder, 'names.ppm'));
  execFileSync('mkfifo', [join(folder, 'pipe.ppm')]);
  mkdirSync(join(folder, 'folder.ppm'));
  put('large.ppm', 'x'.repeat(101));
  put('sparse.ppm');
  truncateSync(join(folder, 'sparse.ppm'), 2 ** 34);
  put('good.ppm', 'x'.repeat(100));
  const { files, refused } = await collectResults(folder, [{ name: /\w+\.ppm/, maximumBytes: 100 }]);
  expect(files.map(({ name }) => name)).toEqual(['good.ppm']);
  expect(refused).toBe(7);
});

it('stays within the bounds on all of them, also where files only claim to be large', async () => {
  for (const name of ['a.ppm', 'b.ppm', 'c.ppm', 'd.ppm']) put(name, 'x'.repeat(40));
  put('0.ppm');
  truncateSync(join(folder, '0.ppm'), 100);
  const rules = [{ name: /\w\.ppm/, maximumBytes: 100 }];
  const names = async (bounds: CollectBounds) =>
    (await collectResults(folder, rules, bounds)).files.map(({ name }) => name);
  expect(await names({ files: 2, bytes: 1000 })).toEqual(['0.ppm', 'a.ppm']);
  expect(await names({ files: 9, bytes: 90 })).toEqual(['a.ppm', 'b.ppm']);
  expect((await collectResults(folder, rules, { files: 9, bytes: 90 })).refused).toBe(3);
});

it('matches a pattern against the whole name', async () => {
  put('a.ppm.exe');
  put('xa.ppm');
  expect((await collectResults(folder, [{ name: /a\.ppm/, maximumBytes: 9 }])).files).toEqual([]);
});

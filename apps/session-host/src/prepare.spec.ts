import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { entrustData, entrustFile, entrustKeys, prepareRunDir, prepareScratch } from './prepare.js';

/** Of nobody on this machine. */
const WEB = { uid: 62_431, gid: 62_431 };
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stdout.write('Skipped: only root can hand files over.\n');

(isRoot ? describe : describe.skip)('what the session host prepares for the web user', () => {
  let folder: string;
  let outside: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vprep-'));
    outside = join(folder, 'outside');
    writeFileSync(outside, 'of root');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const ownerOf = (path: string) => statSync(path).uid;
  const made = (path: string, uid = 0) => {
    mkdirSync(path, { recursive: true });
    chownSync(path, uid, uid);
    return path;
  };

  it('hands a data folder of root’s over, whole, but nothing that a link in it leads to', () => {
    const data = made(join(folder, 'data'));
    made(join(data, 'vault', 'a'));
    writeFileSync(join(data, 'vault', 'a', 'file'), '');
    symlinkSync(outside, join(data, 'vault', 'link'));
    entrustData(data, WEB);
    const all = [data, join(data, 'vault'), join(data, 'vault/a/file')];
    expect(all.map(ownerOf)).toEqual([WEB.uid, WEB.uid, WEB.uid]);
    expect(ownerOf(outside)).toBe(0);
  });

  it('goes on with a hand-over that was cut off, without looking again into what was given away', () => {
    const data = made(join(folder, 'data'));
    const given = made(join(data, 'given'), WEB.uid);
    // What its new owner could have put there meanwhile.
    linkSync(outside, join(given, 'link'));
    writeFileSync(join(data, 'left'), '');
    entrustData(data, WEB);
    expect([ownerOf(join(data, 'left')), ownerOf(data), ownerOf(outside)]).toEqual([WEB.uid, WEB.uid, 0]);
  });

  it('refuses a data folder of somebody else', () => {
    expect(() => entrustData(made(join(folder, 'data'), 12_345), WEB)).toThrow('belongs to user 12345');
  });

  it('lets the web user read the id that root has just made in its empty data folder', () => {
    const data = made(join(folder, 'data'), WEB.uid);
    writeFileSync(join(data, 'installation'), 'id', { mode: 0o600 });
    entrustData(data, WEB);
    expect(ownerOf(join(data, 'installation'))).toBe(WEB.uid);
  });

  it('does so also when it was killed while it made that id', () => {
    const data = made(join(folder, 'data'), WEB.uid);
    const id = join(data, 'installation');
    writeFileSync(id, 'id', { mode: 0o600 });
    linkSync(id, `${id}.${'a1'.repeat(16)}`);
    entrustData(data, WEB);
    expect(ownerOf(id)).toBe(WEB.uid);
    expect(readdirSync(data)).toEqual(['installation']);
  });

  it('makes a folder for a key that is to be made, of the web user’s and passable for it', () => {
    const folderOfKey = join(folder, 'far', 'away', 'keys');
    entrustKeys([{ kind: 'file', path: join(folderOfKey, 'key') }, undefined], WEB);
    const [keys, far] = [folderOfKey, join(folder, 'far')].map((path) => statSync(path));
    expect([keys?.uid, (keys?.mode ?? 0) & 0o777]).toEqual([WEB.uid, 0o700]);
    expect([far?.uid, (far?.mode ?? 0) & 0o001]).toEqual([0, 0o001]);
  });

  it('hands over no file of root’s that was linked into the folder of another', () => {
    const keys = made(join(folder, 'keys'), WEB.uid);
    symlinkSync(outside, join(keys, 'soft'));
    linkSync(outside, join(keys, 'hard'));
    for (const name of ['soft', 'hard', 'missing']) entrustFile(join(keys, name), WEB);
    expect(ownerOf(outside)).toBe(0);
  });

  it('keeps the run folder root’s, with a part for the web user alone', () => {
    const run = join(folder, 'run');
    prepareRunDir(run, WEB);
    expect([run, join(run, 'sessions'), join(run, 'host')].map(ownerOf)).toEqual([0, 0, 0]);
    const web = statSync(join(run, 'web'));
    expect([web.uid, web.mode & 0o777]).toEqual([WEB.uid, 0o700]);
  });

  it('works in no folder that others can put links into', () => {
    const theirs = made(join(folder, 'theirs'), WEB.uid);
    const open = made(join(folder, 'open'));
    chmodSync(open, 0o777);
    for (const place of [theirs, open]) {
      expect(() => prepareRunDir(place, WEB)).toThrow('Others than user 0 may write');
      expect(() => prepareScratch(place)).toThrow('Others than user 0 may write');
    }
  });
});

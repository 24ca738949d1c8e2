import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { removeRunDir } from '../../tools/setup/run-dir.mjs';

describe('removeRunDir', () => {
  let folder: string;
  let dataDir: string;
  let runDirs: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-run-dirs-'));
    dataDir = join(folder, 'data');
    runDirs = join(folder, 'runs');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'installation'), `${newId()}\n`);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const made = (name: string) => {
    const path = join(runDirs, name);
    mkdirSync(join(path, 'web'), { recursive: true });
    return path;
  };

  it('removes the folder of this installation, and the one that holds them all with the last', () => {
    const own = made('own');
    removeRunDir(dataDir, own);
    expect(existsSync(runDirs)).toBe(false);
  });

  it('leaves the folder of another one', () => {
    const [own, other] = [made('own'), made('other')];
    removeRunDir(dataDir, own);
    expect(existsSync(own)).toBe(false);
    expect(existsSync(join(other, 'web'))).toBe(true);
  });

  it('has nothing to remove where no process ever came as far as to make one', () => {
    rmSync(join(dataDir, 'installation'));
    expect(() => removeRunDir(dataDir, undefined)).not.toThrow();
  });
});

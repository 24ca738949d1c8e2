import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-mounts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a process says that finds only the programs of `folder`. */
function said(body: string): string {
  const script = `
    const { SystemMounts } = await import(${JSON.stringify(join(import.meta.dirname, 'host-mounts.ts'))});
    const at = ${JSON.stringify(join(folder, 'at'))};
    ${body}
  `;
  const { stdout } = spawnSync(
    process.execPath,
    ['--import', '#typescript', '--input-type=module', '--eval', script],
    { encoding: 'utf8', env: { PATH: folder }, timeout: 60_000 },
  );
  return stdout.trim();
}

it('says what is missing where files cannot be sealed on the disk', () => {
  const words = said(`await new SystemMounts().sealed(at, at).catch(({ code }) => console.log(code));`);
  expect(words).toBe('hypervisor.scratch-missing');
});

describe('what lies in memory', () => {
  const mounted = () => {
    const file = join(folder, 'mounted');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  /** Two mounts by a kernel of this release, where the program refuses what `refused` matches. */
  const mountTwice = (kernel: string, refused: string) => {
    const program = `#!/bin/sh\ncase "$*" in ${refused}) exit 32;; esac\necho "$5" >> ${folder}/mounted\n`;
    writeFileSync(join(folder, 'mount'), program, { mode: 0o755 });
    return said(`
      const onSwappable = () => console.log('may be swapped');
      const mounts = new SystemMounts({ kernel: '${kernel}', onSwappable });
      for (const time of [1, 2])
        await mounts.tmpfs(at, { sizeMiB: 1 }).catch(({ message }) => console.log(message));
    `).split('\n');
  };

  it('is kept out of swap', () => {
    expect(mountTwice('6.4.0', 'none')).toEqual(['']);
    expect(mounted()).toEqual([expect.stringContaining(',noswap'), expect.stringContaining(',noswap')]);
  });

  it('is mounted without that, and the operator told once, by a kernel that does not know how', () => {
    expect(mountTwice('6.1.0-40-amd64', '*noswap*')).toEqual(['may be swapped']);
    expect(mounted()).toHaveLength(2);
    expect(mounted().join('')).not.toContain('noswap');
  });

  it('is not mounted at all by a kernel that knows how and fails for another reason', () => {
    expect(mountTwice('6.18.44', '*noswap*')).toEqual([
      expect.stringContaining('(code 32)'),
      expect.stringContaining('(code 32)'),
    ]);
    expect(mounted()).toEqual([]);
  });
});

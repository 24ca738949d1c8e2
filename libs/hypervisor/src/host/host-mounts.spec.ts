import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

it('says what is missing where files cannot be sealed on the disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-mounts-'));
  try {
    const module = join(import.meta.dirname, 'host-mounts.ts');
    const script = `
      const { SystemMounts } = await import(${JSON.stringify(module)});
      await new SystemMounts().sealed(${JSON.stringify(join(folder, 'at'))}, ${JSON.stringify(folder)})
        .catch(({ code }) => console.log(code));
    `;
    const { stdout } = spawnSync(
      process.execPath,
      ['--import', '#typescript', '--input-type=module', '--eval', script],
      { encoding: 'utf8', env: { PATH: folder }, timeout: 60_000 },
    );
    expect(stdout.trim()).toBe('hypervisor.scratch-missing');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { seccompProfile } from '../seccomp/profile.js';
import { confirmedFamilies } from './confirmed-profile.js';

const folder = mkdtempSync(join(tmpdir(), 'seccomp-'));
const file = join(folder, 'seccomp-none-standard.json');
const [none, loopback] = (['none', 'loopback'] as const).map((network) =>
  JSON.stringify(seccompProfile(network)),
);
const families = (SecurityOpt: readonly string[] | null) =>
  confirmedFamilies({ HostConfig: { SecurityOpt } });

describe('the families of sockets that an engine confirms', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read from the profile that it tells', async () => {
    expect(await families(['no-new-privileges', `seccomp=${none}`])).toEqual(['AF_UNIX']);
    expect(await families([`seccomp=${loopback}`])).toEqual(['AF_UNIX', 'AF_INET', 'AF_INET6']);
  });

  it('are read from the file that it names, as Podman does', async () => {
    writeFileSync(file, String(none));
    expect(await families([`seccomp=${file}`])).toEqual(['AF_UNIX']);
  });

  it('are all of them where the file is gone, nothing is told, or there is no profile', async () => {
    expect(await families([`seccomp=${file}.gone`])).toEqual(['any']);
    expect(await families(['no-new-privileges'])).toEqual(['any']);
    expect(await families(null)).toEqual(['any']);
    expect(await families(['seccomp=unconfined'])).toEqual(['any']);
  });

  it('are those of all profiles where it names several', async () => {
    expect(await families([`seccomp=${none}`, `seccomp=${loopback}`])).toContain('AF_INET');
  });
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { judge, seenOf, viewProcess, type Promised } from './kernel-view.js';

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
const STATUS = `Name:\tsh
Uid:\t1000\t1000\t1000\t1000
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t1
`;
const DEVICES = `Inter-|   Receive                  |  Transmit
 face |bytes    packets errs drop |bytes    packets errs
    lo:       0       0    0    0        0       0    0
`;
const MOUNTS = [
  '1 0 0:48 / / ro,relatime - overlay overlay rw',
  '2 1 0:51 / /proc rw,nosuid,nodev,noexec - proc proc rw',
  '3 1 0:52 / /dev rw,nosuid - tmpfs tmpfs rw',
  '4 3 0:56 / /dev/shm rw,nosuid,nodev,noexec - tmpfs shm rw',
  '5 1 0:57 / /tmp rw,nosuid,nodev,noexec - tmpfs tmpfs rw',
  '6 2 0:52 /null /proc/keys rw,nosuid - tmpfs tmpfs rw',
  '7 1 0:60 / /record ro,nosuid,nodev,noexec - tmpfs vitrine rw',
  '8 1 0:61 / /run/display rw,nosuid,nodev,noexec - tmpfs vitrine rw',
].join('\n');
const PROMISED: Promised = {
  uid: 1000,
  own: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'],
  mounts: [
    { hostPath: '/x', guestPath: '/record', access: 'read' },
    { hostPath: '/y', guestPath: '/run/display', access: 'read-write' },
  ],
};

describe('the kernel’s view of a guest', () => {
  let proc: string;

  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'proc-'));
  });
  afterEach(() => rmSync(proc, { recursive: true }));

  /** Judges a process of which the kernel says this. */
  const breaches = async (
    told: { status?: string; devices?: string; mounts?: string; shared?: string[] } = {},
  ): Promise<readonly string[]> => {
    for (const [pid, id] of [
      ['self', 1],
      ['7', 2],
    ] as const) {
      mkdirSync(join(proc, pid, 'ns'), { recursive: true });
      for (const name of NAMESPACES)
        symlinkSync(`${name}:[${told.shared?.includes(name) ? 1 : id}]`, join(proc, pid, 'ns', name));
    }
    mkdirSync(join(proc, '7', 'net'));
    writeFileSync(join(proc, '7', 'status'), told.status ?? STATUS);
    writeFileSync(join(proc, '7', 'net', 'dev'), told.devices ?? DEVICES);
    writeFileSync(join(proc, '7', 'mountinfo'), told.mounts ?? MOUNTS);
    const seen = judge(await viewProcess(7, proc), PROMISED);
    if (told.mounts === undefined) expect(seen.writable).toEqual(['/dev/shm', '/run/display', '/tmp']);
    return seen.breaches;
  };

  it('finds nothing missing where all walls stand', async () => {
    expect(await breaches()).toEqual([]);
  });

  it('tells of the folders with their flags, of rights by their names, and of how calls are filtered', async () => {
    await breaches({ status: STATUS.replace(/CapBnd:.*/, 'CapBnd:\t0100000000002001') });
    const view = await viewProcess(7, proc);
    expect(seenOf(view)).toEqual({
      interfaces: ['lo'],
      mounts: [
        { path: '/', isReadOnly: true, flags: [] },
        { path: '/dev/shm', isReadOnly: false, flags: ['nosuid', 'nodev', 'noexec'] },
        { path: '/record', isReadOnly: true, flags: ['nosuid', 'nodev', 'noexec'] },
        { path: '/run/display', isReadOnly: false, flags: ['nosuid', 'nodev', 'noexec'] },
        { path: '/tmp', isReadOnly: false, flags: ['nosuid', 'nodev', 'noexec'] },
      ],
      writable: ['/dev/shm', '/run/display', '/tmp'],
      capabilities: ['CAP_CHOWN', 'CAP_NET_RAW', 'CAP_56'],
      seccomp: 'filter',
      filters: 1,
    });
  });

  it.each([
    [
      'a capability in any set',
      STATUS.replace(/CapBnd:.*/, 'CapBnd:\t0000000000000400'),
      'it has capabilities',
    ],
    ['no word on capabilities', STATUS.replace(/CapEff:.*\n/, ''), 'it has capabilities'],
    [
      'another user',
      STATUS.replace('Uid:\t1000\t1000', 'Uid:\t1000\t0'),
      'it does not run as the user that it should',
    ],
    ['rights to gain', STATUS.replace('NoNewPrivs:\t1', 'NoNewPrivs:\t0'), 'it can gain rights'],
    ['no filter', STATUS.replace('Seccomp:\t2', 'Seccomp:\t0'), 'its system calls are not filtered'],
    ['no word on filters', STATUS.replace(/Seccomp.*\n/g, ''), 'its system calls are not filtered'],
  ])('finds %s', async (_what, status, breach) => {
    expect(await breaches({ status })).toEqual([breach]);
  });

  it('finds a network', async () => {
    expect(await breaches({ devices: `${DEVICES}  eth0: 1 1 0 0 1 1 0\n` })).toEqual([
      'it has a network: eth0',
    ]);
  });

  it('finds namespaces of the host', async () => {
    expect(await breaches({ shared: ['net', 'ipc', 'user'] })).toEqual(['it shares the host’s ipc, net']);
  });

  it.each([
    ['a system that can be changed', MOUNTS.replace('/ / ro', '/ / rw'), 'it can write to /'],
    ['one more place to write to', `${MOUNTS}\n9 1 0:9 / /srv rw,nosuid - ext4 a rw`, 'it can write to /srv'],
    [
      'a record that can be written',
      MOUNTS.replace('/record ro', '/record rw'),
      'it can write to /record',
      '/record can be misused',
    ],
    [
      'a record mounted later without its flags',
      `${MOUNTS}\n9 7 0:9 / /record ro,nosuid - tmpfs vitrine rw`,
      '/record can be misused',
    ],
    [
      'a record that is missing',
      MOUNTS.split('\n')
        .filter((line) => !line.includes('/record'))
        .join('\n'),
      '/record is not where it was to be',
    ],
  ])('finds %s', async (_what, mounts, ...found) => {
    expect(await breaches({ mounts })).toEqual(found);
  });

  it('says that a process is gone', async () => {
    await expect(viewProcess(8, proc)).rejects.toThrow('ENOENT');
  });
});

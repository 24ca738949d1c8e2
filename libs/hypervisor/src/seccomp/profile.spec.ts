import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { seccompProfile } from './profile.js';

const names = (network: 'none' | 'loopback') =>
  seccompProfile(network)
    .syscalls.filter((rule) => rule.action === 'SCMP_ACT_ALLOW')
    .flatMap((rule) => rule.names);

const rulesOf = (name: string, network: 'none' | 'loopback' = 'none') =>
  seccompProfile(network).syscalls.filter((rule) => rule.names.includes(name));

describe('the system calls of a guest', () => {
  // As files they can be given to other tools and read by people. After a change of the table:
  // VITRINE_WRITE_SECCOMP=1 npm run test:unit -- seccomp
  it.each(['none', 'loopback'] as const)('as files (%s) are what the table says', (network) => {
    const name = network === 'none' ? 'viewer.json' : 'viewer-loopback.json';
    const file = join(process.cwd(), 'libs/hypervisor/seccomp', name);
    if (process.env['VITRINE_WRITE_SECCOMP'])
      writeFileSync(file, JSON.stringify(seccompProfile(network), null, 2));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(seccompProfile(network));
  });

  it('are the same within strong walls, but for the words in which gVisor understands them', () => {
    for (const network of ['none', 'loopback'] as const) {
      const strong = seccompProfile(network, 'strong').syscalls.flatMap(({ names, ...rule }) =>
        names.map((name) => ({ name, ...rule })),
      );
      const standard = seccompProfile(network).syscalls.flatMap(({ names, ...rule }) =>
        names.map((name) => ({ name, ...rule })),
      );
      expect(strong.filter(({ name }) => !['pselect', 'clone3'].includes(name))).toEqual(
        standard.filter(({ name }) => name !== 'clone3'),
      );
      // Not done, and ENOSYS, where nobody traces: gVisor would answer any errno with EPERM.
      expect(strong.filter(({ name }) => name === 'clone3')).toEqual([
        { name: 'clone3', action: 'SCMP_ACT_TRACE' },
      ]);
    }
  });

  it('deny whatever is not named', () => {
    expect(seccompProfile('none')).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1 });
  });

  it.each([
    ...['mount', 'umount2', 'pivot_root', 'open_tree', 'move_mount', 'fsopen', 'mount_setattr', 'chroot'],
    ...[
      'unshare',
      'setns',
      'clone3',
      'ptrace',
      'process_vm_readv',
      'process_vm_writev',
      'pidfd_getfd',
      'kcmp',
    ],
    ...['bpf', 'perf_event_open', 'io_uring_setup', 'io_uring_enter', 'userfaultfd', 'keyctl', 'add_key'],
    ...[
      'request_key',
      'init_module',
      'finit_module',
      'kexec_load',
      'reboot',
      'open_by_handle_at',
      'vmsplice',
    ],
    ...['name_to_handle_at', 'personality', 'modify_ldt', 'mq_open', 'msgget', 'syslog', 'acct', 'swapon'],
  ])('do not include %s', (name) => {
    expect(names('none')).not.toContain(name);
    expect(names('loopback')).not.toContain(name);
  });

  it('differ between the variants in the families of sockets alone', () => {
    const families = (network: 'none' | 'loopback') =>
      rulesOf('socket', network).map((rule) => rule.args?.map(({ index, value, op }) => [index, value, op]));
    expect(families('none')).toEqual([[[0, 1, 'SCMP_CMP_EQ']]]);
    expect(families('loopback')).toEqual([1, 2, 10].map((family) => [[0, family, 'SCMP_CMP_EQ']]));
    const rest = (network: 'none' | 'loopback') =>
      seccompProfile(network).syscalls.filter((rule) => !rule.names.includes('socket'));
    expect(rest('none')).toEqual(rest('loopback'));
  });

  it('allow clone only without any flag that makes a namespace', () => {
    expect(rulesOf('clone')).toHaveLength(1);
    expect(rulesOf('clone')[0]?.args).toEqual([
      { index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' },
    ]);
  });

  it('allow every ioctl but TIOCSTI, also with bits set that the kernel ignores', () => {
    const allowed = (request: number) =>
      rulesOf('ioctl').some((rule) =>
        rule.args?.every(
          ({ value, valueTwo }) => (BigInt(request) & BigInt(value)) === BigInt(valueTwo ?? -1),
        ),
      );
    expect(allowed(0x5412)).toBe(false);
    expect(allowed(0x5412 + 2 ** 32)).toBe(false);
    for (const request of [0x5401, 0x5410, 0x5411, 0x5413, 0x541b, 0xc0044901])
      expect(allowed(request)).toBe(true);
  });

  it('never name a call both with and without conditions', () => {
    const plain = seccompProfile('none').syscalls.filter((rule) => !rule.args);
    const conditional = new Set(
      seccompProfile('none')
        .syscalls.filter((rule) => rule.args)
        .flatMap((rule) => rule.names),
    );
    for (const name of plain.flatMap((rule) => rule.names)) expect(conditional).not.toContain(name);
  });
});

import { describe, expect, it } from '@jest/globals';
import { seccompProfile } from './profile.js';
import { socketFamiliesOf } from './socket-families.js';

const NONE = seccompProfile('none');
type Changed = Readonly<Record<string, unknown>>;
const familiesWith = (rules: readonly Changed[], rest: Changed = {}): string[] =>
  socketFamiliesOf(JSON.stringify({ ...NONE, syscalls: [...NONE.syscalls, ...rules], ...rest }));
const socket = (op: string, value: number, valueTwo?: number): Changed => ({
  names: ['socket'],
  action: 'SCMP_ACT_ALLOW',
  args: [{ index: 0, value, valueTwo, op }],
});

describe('the families of sockets that a profile lets through', () => {
  it.each([
    ['none', 'standard', ['AF_UNIX']],
    ['none', 'strong', ['AF_UNIX']],
    ['loopback', 'standard', ['AF_UNIX', 'AF_INET', 'AF_INET6']],
    ['loopback', 'strong', ['AF_UNIX', 'AF_INET', 'AF_INET6']],
  ] as const)('are those of our own (%s, %s)', (network, isolation, families) =>
    expect(socketFamiliesOf(JSON.stringify(seccompProfile(network, isolation)))).toEqual(families),
  );

  it.each([
    ['a family by its number', socket('SCMP_CMP_EQ', 2), ['AF_UNIX', 'AF_INET']],
    [
      'a family in the lower bits, where the kernel looks',
      socket('SCMP_CMP_EQ', 2 ** 32 + 40),
      ['AF_UNIX', 'AF_VSOCK'],
    ],
    ['all up to one', socket('SCMP_CMP_LE', 2), ['AF_UNSPEC', 'AF_UNIX', 'AF_INET']],
    ['all below one', socket('SCMP_CMP_LT', 2), ['AF_UNSPEC', 'AF_UNIX']],
    ['those with a bit', socket('SCMP_CMP_MASKED_EQ', 0xffff, 17), ['AF_UNIX', 'AF_PACKET']],
    ['all but one, which a high bit makes another', socket('SCMP_CMP_NE', 2), ['any']],
    ['all above one, where a high bit makes any', socket('SCMP_CMP_GT', 40), ['any']],
    ['what a new comparison says', socket('SCMP_CMP_NEW', 2), ['any']],
    ['pairs of sockets', { ...socket('SCMP_CMP_EQ', 16), names: ['socketpair'] }, ['AF_UNIX', 'AF_NETLINK']],
    ['a call without conditions', { names: ['socket'], action: 'SCMP_ACT_ALLOW' }, ['any']],
    [
      'conditions on another argument',
      { ...socket('SCMP_CMP_EQ', 2), args: [{ index: 1, value: 1, op: 'SCMP_CMP_EQ' }] },
      ['any'],
    ],
    [
      'a call that is only noted down',
      { ...socket('SCMP_CMP_EQ', 2), action: 'SCMP_ACT_LOG' },
      ['AF_UNIX', 'AF_INET'],
    ],
    ['a rule in the old form', { name: 'socket', action: 'SCMP_ACT_ALLOW' }, ['any']],
    [
      'a call that makes sockets of the 32 bit kind',
      { names: ['socketcall'], action: 'SCMP_ACT_ALLOW' },
      ['any'],
    ],
    [
      'a call that makes sockets by the ring',
      { names: ['io_uring_setup'], action: 'SCMP_ACT_ALLOW' },
      ['any'],
    ],
  ])('include %s', (_what, rule, families) => expect(familiesWith([rule])).toEqual(families));

  it('do not include what is refused', () =>
    expect(familiesWith([{ ...socket('SCMP_CMP_EQ', 2), action: 'SCMP_ACT_ERRNO' }])).toEqual(['AF_UNIX']));

  it.each([
    [
      'a profile that refuses only what it names',
      JSON.stringify({ ...NONE, defaultAction: 'SCMP_ACT_ALLOW' }),
    ],
    ['no profile', 'unconfined'],
    ['the engine’s own, which is not told', 'builtin'],
    ['nothing', ''],
    ['no object', 'null'],
  ])('are all of them with %s', (_what, profile) => expect(socketFamiliesOf(profile)).toEqual(['any']));
});

import { expect, it } from '@jest/globals';
import { mountOf, parseMounts } from './mount-table.js';

const TABLE = parseMounts(
  [
    '27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard',
    '30 27 0:24 / /run/vitrine rw,nosuid,nodev - tmpfs tmpfs rw,size=1024k',
    '31 30 0:25 / /run/vitrine/a\\040b ro,nosuid,nodev,noexec master:3 - tmpfs vitrine rw',
    '32 31 0:26 / /run/vitrine/a\\040b ro,noexec - tmpfs vitrine ro',
    '',
  ].join('\n'),
);

it('finds the longest mount that contains a path, and the top one of several', () => {
  expect(mountOf(TABLE, '/etc')?.path).toBe('/');
  expect(mountOf(TABLE, '/run/vitrine')?.path).toBe('/run/vitrine');
  expect(mountOf(TABLE, '/run/vitrine-2/x')?.path).toBe('/');
  expect(mountOf(TABLE, '/run/vitrine/a b/c')).toBe(TABLE[3]);
});

it('reads flags, propagation and names with blanks', () => {
  expect(TABLE.map(({ propagation }) => propagation)).toEqual(['shared', 'private', 'slave', 'private']);
  expect(TABLE[2]?.path).toBe('/run/vitrine/a b');
  expect([...(TABLE[2]?.options ?? [])]).toEqual(['ro', 'nosuid', 'nodev', 'noexec']);
  expect(TABLE[3]?.options.has('ro')).toBe(true);
});

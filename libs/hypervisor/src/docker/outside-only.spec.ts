import { describe, expect, it } from '@jest/globals';
import { outsideOnly } from './outside-only.js';

describe('what may leave a guest in which software is installed', () => {
  const { four, six } = outsideOnly(['10.0.0.53', 'fd00::53'], ['203.0.114.7', '10.0.0.9', 'fe80::1%eth0']);

  it('are questions to the name servers, before anything near is refused', () => {
    expect(four.slice(0, 3)).toEqual([
      '-A OUTPUT -o lo -j ACCEPT',
      '-A OUTPUT -d 10.0.0.53/32 -p udp -m udp --dport 53 -j ACCEPT',
      '-A OUTPUT -d 10.0.0.53/32 -p tcp -m tcp --dport 53 -j ACCEPT',
    ]);
    expect(four.slice(3).filter((rule) => rule.includes('ACCEPT'))).toEqual([]);
  });

  it.each([
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '169.254.0.0/16',
    '100.64.0.0/10',
    '203.0.114.7/32',
  ])('is nothing to %s', (range) =>
    expect(four).toContain(`-A OUTPUT -d ${range} -j REJECT --reject-with icmp-port-unreachable`),
  );

  it('is nothing by IPv6', () => expect(six.at(-1)).toBe('-A OUTPUT -j DROP'));
});

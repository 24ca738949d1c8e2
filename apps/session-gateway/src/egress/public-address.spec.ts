import { networkInterfaces } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { isPublicAddress } from './public-address.js';

describe('an address that a guest may be connected to', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '192.0.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '223.255.255.254',
    '2606:4700::1111',
    '2a00::1',
  ])('may be %s', (address) => {
    expect(isPublicAddress(address, [])).toBe(true);
  });

  it.each([
    ['this machine', '127.0.0.1'],
    ['this machine', '127.255.255.254'],
    ['no address', '0.0.0.0'],
    ['“this network”', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['a provider’s', '100.64.0.1'],
    ['link-local, where clouds answer', '169.254.169.254'],
    ['for tests', '198.18.0.1'],
    ['for documentation', '192.0.2.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['everybody', '255.255.255.255'],
    ['this machine', '::1'],
    ['no address', '::'],
    ['this machine in disguise', '::ffff:127.0.0.1'],
    ['IPv4 in disguise', '::ffff:8.8.8.8'],
    ['IPv4 in an old disguise', '::8.8.8.8'],
    ['IPv4 behind a translator', '64:ff9b::7f00:1'],
    ['IPv4 in a tunnel', '2002:7f00:1::'],
    ['IPv4 in another tunnel', '2001::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['with a zone', '2606:4700::1111%lo'],
    ['private', 'fd00::1'],
    ['private of old', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['for documentation', '2001:db8::1'],
    ['a name', 'tools.example.org'],
    ['a short form', '127.1'],
    ['nothing', ''],
  ])('is never %s: %s', (_, address) => {
    expect(isPublicAddress(address, [])).toBe(false);
  });

  it('is none of this machine’s own, in whatever way it is written', () => {
    expect(isPublicAddress('8.8.8.8', ['8.8.8.8'])).toBe(false);
    expect(isPublicAddress('2606:4700::1111', ['fe80::1%eth0', '2606:4700:0:0:0:0:0:1111'])).toBe(false);
    expect(isPublicAddress('8.8.4.4', ['8.8.8.8', '2606:4700::1111'])).toBe(true);
    for (const { address } of Object.values(networkInterfaces()).flatMap((all) => all ?? []))
      expect(isPublicAddress(address)).toBe(false);
  });
});

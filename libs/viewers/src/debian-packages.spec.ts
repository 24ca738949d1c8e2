import { describe, expect, it } from '@jest/globals';
import { cycloneDx, readPackages } from './debian-packages.js';

const stanza = (name: string, version: string, status = 'install ok installed', architecture = 'amd64') =>
  `Package: ${name}\nStatus: ${status}\nArchitecture: ${architecture}\nVersion: ${version}\nDescription: it\n says\n`;

describe('what is installed in an image', () => {
  it('is what dpkg says is installed, sorted, without what was removed', () => {
    const list = [
      stanza('zlib1g', '1:1.2.13.dfsg-1'),
      stanza('gone', '1.0', 'deinstall ok config-files'),
      stanza('adduser', '3.134', undefined, 'all'),
    ].join('\n');
    expect(readPackages(list)).toEqual([
      { name: 'adduser', version: '3.134', architecture: 'all' },
      { name: 'zlib1g', version: '1:1.2.13.dfsg-1', architecture: 'amd64' },
    ]);
  });

  it('is nothing that is not of the form that Debian has for it', () => {
    const list = [
      stanza('../etc', '1.0'),
      stanza('x', '<script>'),
      stanza('y', '1.0', undefined, 'a b'),
      'Status: install ok installed',
      '\0\xff',
      '',
    ].join('\n');
    expect(readPackages(list)).toEqual([]);
  });

  it('is told as CycloneDX, the same for the same', () => {
    const packages = readPackages(stanza('libstdc++6', '12.2.0-14+deb12u1'));
    const make = () =>
      cycloneDx(`sha256:${'0123456789abcdef'.repeat(4)}`, packages, '2026-01-31T09:30:00.000Z');
    expect(make()).toBe(make());
    const bill = JSON.parse(make()) as Record<string, unknown>;
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 });
    expect(bill['serialNumber']).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(bill['components']).toEqual([
      expect.objectContaining({ purl: 'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64' }),
    ]);
  });
});

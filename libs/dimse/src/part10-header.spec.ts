import { describe, expect, it } from '@jest/globals';
import { part10Header } from './part10-header.js';

describe('the header of a file', () => {
  it('is preamble, mark and elements in explicit little endian whose lengths are even and add up', () => {
    const header = part10Header({
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      sopInstanceUid: '1.2.3',
      transferSyntaxUid: '1.2.840.10008.1.2.4.70',
      sourceAeTitle: 'PACS',
    });
    expect(header.subarray(0, 128).equals(Buffer.alloc(128))).toBe(true);
    expect(header.toString('latin1', 128, 132)).toBe('DICM');
    expect(header.readUInt32LE(140)).toBe(header.length - 144);
    const found: Record<string, string> = {};
    for (let at = 144; at < header.length;) {
      const vr = header.toString('latin1', at + 4, at + 6);
      const long = vr === 'OB';
      const length = long ? header.readUInt32LE(at + 8) : header.readUInt16LE(at + 6);
      const start = at + (long ? 12 : 8);
      expect(length % 2).toBe(0);
      found[header.readUInt16LE(at + 2).toString(16)] =
        `${vr} ${header.toString('latin1', start, start + length)}`;
      at = start + length;
    }
    expect(found).toMatchObject({
      '1': 'OB \0\x01',
      '2': 'UI 1.2.840.10008.5.1.4.1.1.2\0',
      '3': 'UI 1.2.3\0',
      '10': 'UI 1.2.840.10008.1.2.4.70',
      '13': 'SH VITRINE ',
      '16': 'AE PACS',
    });
  });
});

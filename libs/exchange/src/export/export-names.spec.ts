import { describe, expect, it } from '@jest/globals';
import { cleanName, uniqueName } from './export-names.js';

describe('a name in an export', () => {
  it.each([
    ['Befund/2024/Müller, Änne.pdf', 'Müller, Änne.pdf'],
    ['..', 'file'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.pdf', 'C__temp_a.pdf'],
    ['.bashrc', 'bashrc'],
    ['trailing. ', 'trailing'],
    ['con.txt', '_con.txt'],
    ['a\u202egpj.exe', 'a gpj.exe'],
    ['line\nbreak', 'line break'],
    ['<b>"?*|', '_b_____'],
    ['', 'file'],
  ])('is made of %j as %j', (untrusted, clean) => expect(cleanName(untrusted)).toBe(clean));

  it('is cut before its ending', () => {
    const name = cleanName(`${'long '.repeat(60)}.vcf.gz`);
    expect(name).toHaveLength(120);
    expect(name.endsWith('.vcf.gz')).toBe(true);
  });

  it('is there once, also for systems that do not tell cases apart', () => {
    const used = new Set<string>();
    expect(['a.pdf', 'A.pdf', 'a.pdf'].map((name) => uniqueName(name, used))).toEqual([
      'a.pdf',
      '2-A.pdf',
      '3-a.pdf',
    ]);
  });
});

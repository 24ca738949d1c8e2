import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { fileInTar, tarOf } from './tar.js';

describe('an archive of one file', () => {
  it('is what tar itself reads', () => {
    const content = Buffer.from('id: mine\n'.repeat(100));
    const { stdout } = spawnSync('tar', ['-xO', 'viewer.yaml'], { input: tarOf('viewer.yaml', content) });
    expect(stdout.equals(content)).toBe(true);
    const { stdout: list } = spawnSync('tar', ['-tv'], {
      input: tarOf('viewer.yaml', content),
      encoding: 'utf8',
    });
    expect(list).toMatch(/^-rw-r--r-- 0\/0 +900 /);
  });

  it('gives back its file, also an empty one', () => {
    for (const content of [Buffer.alloc(0), Buffer.alloc(512, 1), Buffer.alloc(70_000, 2)])
      expect(fileInTar(tarOf('status', content))?.equals(content)).toBe(true);
  });

  it('gives nothing where it is cut off, is a link, or says nonsense about its length', () => {
    const whole = tarOf('status', Buffer.from('Package: x\n'));
    expect(fileInTar(whole.subarray(0, 515))).toBeUndefined();
    expect(fileInTar(Buffer.alloc(3))).toBeUndefined();
    const link = Buffer.from(whole);
    link[156] = 0x32;
    expect(fileInTar(link)).toBeUndefined();
    const wrong = Buffer.from(whole);
    wrong.write('-0000000001\0', 124);
    expect(fileInTar(wrong)).toBeUndefined();
  });
});

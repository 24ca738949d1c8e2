import { describe, expect, it } from '@jest/globals';
import { newHumanCode, readHumanCode } from './human-code.js';

describe('a code for people', () => {
  it('is twelve signs in three groups that read back as they are', () => {
    const codes = Array.from({ length: 500 }, newHumanCode);
    expect(new Set(codes).size).toBe(500);
    for (const code of codes) {
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$/);
      expect(readHumanCode(code)).toBe(code);
    }
  });

  it.each(['7K3M-Q9TX-V0A1', '7k3mq9txv0a1', ' 7K3M Q9TX VOAI ', '7k3m-q9tx-voal'])('reads %s', (typed) => {
    expect(readHumanCode(typed)).toBe('7K3M-Q9TX-V0A1');
  });

  it.each(['', '7K3M-Q9TX', '7K3M-Q9TX-V0A1-2', '7K3M-Q9TX-V0U1', "7K3M-Q9TX-V0A'"])(
    'does not take %s for one',
    (typed) => {
      expect(readHumanCode(typed)).toBeNull();
    },
  );
});

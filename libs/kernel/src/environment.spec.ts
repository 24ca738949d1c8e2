import { describe, expect, it } from '@jest/globals';
import { oneOf } from './environment.js';

describe('a word of the environment', () => {
  const read = (text?: string) =>
    oneOf({ VITRINE_LEAST_WALLS: text }, 'VITRINE_LEAST_WALLS', ['standard', 'strong']);

  it('is the first where nothing is said', () => {
    expect([read(), read('')]).toEqual(['standard', 'standard']);
  });

  it('is one of those that there are, or is refused by its name', () => {
    expect(read('strong')).toBe('strong');
    expect(() => read('Strong')).toThrow('VITRINE_LEAST_WALLS must be standard or strong, but is "Strong".');
  });
});

import { describe, expect, it } from '@jest/globals';
import { notAnswering } from './guest-socket.js';

const failing = (code: string): Error => Object.assign(new Error(code), { code });

describe('a guest that could not be asked', () => {
  it.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS'])(
    'is not said to be silent for want of our own: %s',
    (code) => {
      expect(notAnswering(failing(code)).code).toBe('hypervisor.unreachable');
    },
  );

  it.each(['ECONNREFUSED', 'ENOENT', 'EACCES'])('is said to be silent otherwise: %s', (code) => {
    expect(notAnswering(failing(code)).code).toBe('hypervisor.not-answering');
  });

  it('is said to be what was found out', () => {
    const problem = notAnswering(failing('EMFILE'));
    expect(notAnswering(problem)).toBe(problem);
  });
});

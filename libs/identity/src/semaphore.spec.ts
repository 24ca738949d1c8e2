import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@vitrine/kernel';
import { Semaphore } from './semaphore.js';

describe('Semaphore', () => {
  it('never lets more work run at once than it may, and runs all of it', async () => {
    const semaphore = new Semaphore(2, 10);
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
    };
    await Promise.all(Array.from({ length: 9 }, () => semaphore.run(work)));
    expect(most).toBe(2);
  });

  it('tells whoever would wait too long that the server is busy', async () => {
    const semaphore = new Semaphore(1, 1);
    const slow = () => new Promise((resolve) => setTimeout(resolve, 5));
    const running = semaphore.run(slow);
    const waiting = semaphore.run(slow);
    const refused: unknown = await semaphore.run(slow).catch((error: unknown) => error);
    expect(isProblem(refused, 'kernel.busy')).toBe(true);
    await Promise.all([running, waiting]);
    await semaphore.run(slow);
  });

  it('gives the place back when the work fails', async () => {
    const semaphore = new Semaphore(1, 0);
    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await semaphore.run(() => Promise.resolve('yes'))).toBe('yes');
  });
});

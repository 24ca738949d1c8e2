import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { inTurn } from '../../tools/setup/turn.mjs';
import { ROOT } from '../support/root.js';

describe('inTurn', () => {
  it('lets two do the same work one after the other, and says to the second that it waits', async () => {
    const name = newId();
    const seen: string[] = [];
    let finish: () => void = () => undefined;
    const first = inTurn(name, async () => {
      seen.push('first begins');
      await new Promise<void>((resolve) => (finish = resolve));
      seen.push('first ends');
    });
    await new Promise<void>((waits) => {
      void inTurn(name, () => Promise.resolve(seen.push('second')), waits).then(() => seen.push('over'));
    });
    finish();
    await first;
    await inTurn(name, () => Promise.resolve(seen.push('third')));
    expect(seen.slice(0, 2)).toEqual(['first begins', 'first ends']);
    expect(seen).toContain('third');
  });

  it('gives the turn on when the work fails', async () => {
    const name = newId();
    await expect(inTurn(name, () => Promise.reject(new Error('it does not build')))).rejects.toThrow('build');
    expect(await inTurn(name, () => Promise.resolve(7))).toBe(7);
  });

  it('takes the turn of one that was killed at work', async () => {
    const name = newId();
    const module = JSON.stringify(join(ROOT, 'tools/setup/turn.mjs'));
    const script = `import { inTurn } from ${module}; await inTurn('${name}', () => new Promise(() => { console.log('at work'); setInterval(() => {}, 1000); }));`;
    const other = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    await new Promise((resolve) => other.stdout.once('data', resolve));
    const mine = new Promise<string>((resolve) => {
      void inTurn(
        name,
        () => {
          resolve('done');
          return Promise.resolve();
        },
        () => other.kill('SIGKILL'),
      );
    });
    expect(await mine).toBe('done');
  });

  it('does not wait for ever for one that does not end', async () => {
    const name = newId();
    await inTurn(name, async () => {
      const second = inTurn(name, () => Promise.resolve(), undefined, 1);
      await expect(second).rejects.toThrow(name);
    });
  });

  it('holds up nobody who does other work', async () => {
    const [one, other] = [newId(), newId()];
    expect(await inTurn(one, () => inTurn(other, () => Promise.resolve(7)))).toBe(7);
  });
});

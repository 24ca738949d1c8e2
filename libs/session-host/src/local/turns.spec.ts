import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

/** Work that ends when the test says so, and tells when it began. */
function work(name: string, said: string[]) {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const run = async () => {
    said.push(`${name} began`);
    await over;
    said.push(`${name} ended`);
  };
  return { run, end: () => end() };
}

const calm = { signal: new AbortController().signal };
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Turns', () => {
  it('lets things be made side by side, and taken away when all of them have come to their end', async () => {
    const [turns, said] = [new Turns(), [] as string[]];
    const [one, two, removal] = [work('one', said), work('two', said), work('removal', said)];
    const all = [turns.make('a', one.run), turns.make('a', two.run), turns.take('a', removal.run, calm)];
    await turn();
    expect(said).toEqual(['one began', 'two began']);
    two.end();
    await turn();
    expect(said).not.toContain('removal began');
    one.end();
    removal.end();
    await Promise.all(all);
    expect(said).toEqual([
      'one began',
      'two began',
      'two ended',
      'one ended',
      'removal began',
      'removal ended',
    ]);
  });

  it('makes nothing while something is being taken away, and keeps nobody else waiting', async () => {
    const [turns, said] = [new Turns(), [] as string[]];
    const [removal, later, other] = [work('removal', said), work('later', said), work('other', said)];
    const all = [turns.take('a', removal.run, calm), turns.make('a', later.run), turns.make('b', other.run)];
    await turn();
    expect([...said].sort()).toEqual(['other began', 'removal began']);
    for (const one of [removal, later, other]) one.end();
    await Promise.all(all);
    expect(said.indexOf('later began')).toBeGreaterThan(said.indexOf('removal ended'));
  });

  it('gives up waiting when time is up, and goes on after work that failed', async () => {
    const [turns, said] = [new Turns(), [] as string[]];
    const stuck = work('stuck', said);
    const making = turns.make('a', stuck.run);
    const late = new AbortController();
    const taking = turns.take('a', () => Promise.resolve('taken'), { signal: late.signal });
    late.abort(new Error('too late'));
    await expect(taking).rejects.toThrow('too late');
    stuck.end();
    await making;
    await expect(turns.make('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await turns.take('a', () => Promise.resolve('taken'), calm)).toBe('taken');
  });
});

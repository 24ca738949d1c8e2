import { describe, expect, it } from '@jest/globals';
import { StartQueue, type Entrant, type Holder, type Standing } from './start-queue.js';

const at = (minute: number): Holder['endsAt'] => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
const never = new AbortController().signal;
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('StartQueue', () => {
  let holders: Holder[] = [];
  const entered: string[] = [];
  const standings = new Map<string, Standing>();
  const leave = new Map<string, () => void>();

  const queue = (places: number, availableMiB = 1000) => {
    holders = [];
    entered.length = 0;
    standings.clear();
    return new StartQueue(places, {
      availableMiB: () => availableMiB,
      holders: () => Promise.resolve(holders),
    });
  };
  const come = async (
    to: StartQueue,
    id: string,
    { personId = id, memoryMiB = 1, signal = never }: Partial<Entrant> & { signal?: AbortSignal } = {},
  ) => {
    const way = to.enter({ id, personId, memoryMiB }, signal, (standing) => standings.set(id, standing));
    way.then(
      (end) => {
        entered.push(id);
        leave.set(id, end);
        holders.push({ personId, memoryMiB, endsAt: at(59) });
      },
      () => undefined,
    );
    await soon();
    return way;
  };

  it('lets a few start at once and tells the others where they stand', async () => {
    const one = queue(2);
    for (const id of ['a', 'b', 'c', 'd']) void come(one, id);
    await soon();
    expect(entered).toEqual(['a', 'b']);
    expect(Object.fromEntries(standings)).toEqual({ c: { ahead: 0 }, d: { ahead: 1 } });
    leave.get('b')?.();
    leave.get('b')?.();
    await soon();
    expect(entered).toEqual(['a', 'b', 'c']);
    expect(standings.get('d')).toEqual({ ahead: 0 });
  });

  it('lets nobody start who does not fit, says by when they will, and looks again by itself', async () => {
    const full = queue(4, 100);
    holders.push(
      { personId: 'x', memoryMiB: 60, endsAt: at(30) },
      { personId: 'y', memoryMiB: 30, endsAt: at(20) },
    );
    void come(full, 'big', { memoryMiB: 60 });
    void come(full, 'small', { memoryMiB: 5 });
    await soon();
    expect(entered).toEqual([]);
    expect(standings.get('big')).toEqual({ ahead: 0, freeBy: at(30) });
    // Nobody overtakes who waits for more.
    expect(standings.get('small')).toEqual({ ahead: 1, freeBy: at(30) });
    holders = [];
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(entered).toEqual(['big', 'small']);
  });

  it('is fair: who has less goes before who has more, whoever came first', async () => {
    const one = queue(1);
    void come(one, 'a1', { personId: 'a' });
    void come(one, 'a2', { personId: 'a' });
    void come(one, 'a3', { personId: 'a' });
    void come(one, 'b1', { personId: 'b' });
    await soon();
    for (const id of ['a1', 'b1', 'a2']) {
      leave.get(id)?.();
      await soon();
    }
    expect(entered).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  it('forgets who gives up, and lets the next one closer', async () => {
    const one = queue(1);
    void come(one, 'a');
    const controller = new AbortController();
    const gone = come(one, 'b', { signal: controller.signal });
    void come(one, 'c');
    await soon();
    expect(standings.get('c')).toEqual({ ahead: 1 });
    controller.abort(new Error('given up'));
    await expect(gone).rejects.toThrow('given up');
    await soon();
    expect(standings.get('c')).toEqual({ ahead: 0 });
    await expect(
      one.enter({ id: 'd', personId: 'd', memoryMiB: 1 }, AbortSignal.abort(), () => undefined),
    ).rejects.toThrow();
  });

  it('goes on when it could not see once what runs', async () => {
    queue(1);
    let failing = true;
    const flaky = new StartQueue(1, {
      availableMiB: () => 10,
      holders: () => (failing ? Promise.reject(new Error('busy')) : Promise.resolve([])),
    });
    void come(flaky, 'a');
    await soon();
    expect(entered).toEqual([]);
    failing = false;
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(entered).toEqual(['a']);
  });
});

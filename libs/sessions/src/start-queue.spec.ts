import { afterEach, describe, expect, it } from '@jest/globals';
import type { Holder, KeptPlace } from './reservations/occupancy.js';
import { StartQueue, type Host, type Standing, type Start } from './start-queue.js';
import type { Entrant } from './start-terms.js';

const MINUTE_MS = 60_000;
const at = (minute: number): Holder['endsAt'] => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
const never = new AbortController().signal;
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('StartQueue', () => {
  let holders: Holder[] = [];
  let kept: KeptPlace[] = [];
  let now = at(0);
  const entered: string[] = [];
  const standings = new Map<string, Standing>();
  const starts = new Map<string, Start>();
  const longestMs = 120 * MINUTE_MS;

  const queue = (places: number, availableMiB = 1000) => {
    holders = [];
    kept = [];
    now = at(0);
    entered.length = 0;
    standings.clear();
    starts.clear();
    return new StartQueue(places, host({ availableMiB: () => availableMiB }));
  };
  const host = (change: Partial<Host> = {}): Host => ({
    longestMs,
    now: () => now,
    availableMiB: () => 1000,
    occupancy: () => Promise.resolve({ holders, kept }),
    measured: () => Promise.resolve(undefined),
    ...change,
  });
  const come = async (
    to: StartQueue,
    id: string,
    { signal = never, ...wish }: Partial<Entrant> & { signal?: AbortSignal } = {},
  ) => {
    const entrant = { id, personId: id, memoryMiB: 1, notAfter: at(1000), ...wish };
    const { personId, memoryMiB } = entrant;
    const way = to.enter(entrant, signal, (standing) => standings.set(id, standing));
    way.then(
      (start) => {
        entered.push(id);
        starts.set(id, start);
        holders.push({ id, personId, memoryMiB, ...start });
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
    starts.get('b')?.over();
    starts.get('b')?.over();
    await soon();
    expect(entered).toEqual(['a', 'b', 'c']);
    expect(standings.get('d')).toEqual({ ahead: 0 });
  });

  it('tells somebody where they stand when that changes, and not each time that it looks', async () => {
    const one = queue(1);
    const told: Standing[] = [];
    void come(one, 'a');
    await soon();
    const wish = { id: 'b', personId: 'b', memoryMiB: 1, notAfter: at(1000) };
    void one.enter(wish, never, (standing) => told.push(standing));
    // It looks by itself twice a second, and whenever somebody comes.
    for (const id of ['c', 'd']) void come(one, id);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(told).toEqual([{ ahead: 0 }]);
  });

  it('lets nobody start who does not fit, says by when they will, and looks again by itself', async () => {
    const full = queue(4, 100);
    holders.push(
      { id: 'x', personId: 'x', memoryMiB: 60, endsAt: at(30) },
      { id: 'y', personId: 'y', memoryMiB: 30, endsAt: at(20) },
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
      starts.get(id)?.over();
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
      one.enter(
        { id: 'd', personId: 'd', memoryMiB: 1, notAfter: at(9) },
        AbortSignal.abort(),
        () => undefined,
      ),
    ).rejects.toThrow();
  });

  it('goes on when it could not see once what runs', async () => {
    queue(1);
    let failing = true;
    const occupancy = () =>
      failing ? Promise.reject(new Error('busy')) : Promise.resolve({ holders: [], kept: [] });
    const flaky = new StartQueue(1, host({ occupancy }));
    void come(flaky, 'a');
    await soon();
    expect(entered).toEqual([]);
    failing = false;
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(entered).toEqual(['a']);
  });

  describe('by what is measured', () => {
    let over = new AbortController();
    afterEach(() => over.abort(new Error('the test is over')));
    const wait = (to: StartQueue, id: string) =>
      void come(to, id, { memoryMiB: 60, signal: over.signal }).catch(() => undefined);

    /** Everybody really needs a tenth; the machine has room for so much. */
    const measuring = (nowMiB: number) => {
      queue(4);
      over = new AbortController();
      const asked: string[] = [];
      const tenth = (memoryMiB: number) => memoryMiB / 10;
      const made = new StartQueue(
        4,
        host({
          availableMiB: () => 100,
          measured: (waiting, next) => {
            asked.push(next);
            const slim = holders.map((one) => ({ ...one, memoryMiB: tenth(one.memoryMiB) }));
            const needs = new Map([...waiting].map((id) => [id, 6]));
            return Promise.resolve({ occupancy: { holders: slim, kept }, needs, nowMiB });
          },
        }),
      );
      return { made, asked };
    };

    it('asks for no measure as long as limits leave room for the usual time', async () => {
      const { made, asked } = measuring(0);
      await come(made, 'a', { memoryMiB: 60 });
      expect(starts.get('a')?.endsAt).toBe(at(120));
      expect(asked).toEqual([]);
    });

    it('lets in more than limits would, as long as the machine has room, and nobody overtakes', async () => {
      const { made, asked } = measuring(20);
      for (const id of ['ma', 'mb', 'mc']) await come(made, id, { memoryMiB: 60 });
      wait(made, 'md');
      wait(made, 'me');
      await soon();
      expect(entered).toEqual(['ma', 'mb', 'mc']);
      expect(asked).toEqual(expect.arrayContaining(['mb', 'mc', 'md']));
      expect(asked).not.toContain('me');
      expect(standings.get('md')).toEqual({ ahead: 0, freeBy: at(120) });
      expect(standings.get('me')).toEqual({ ahead: 1, freeBy: at(120) });
    });

    it('lets nobody into what is kept for others, which counts as it was promised', async () => {
      const { made } = measuring(100);
      kept.push({ id: 'r', personId: 'jane', memoryMiB: 90, beginsAt: at(60), endsAt: at(120) });
      await come(made, 'a', { memoryMiB: 60 });
      // By limits until the place begins; by measure beyond it.
      expect(starts.get('a')?.endsAt).toBe(at(120));
      await come(made, 'b', { memoryMiB: 60 });
      expect(starts.get('b')?.endsAt).toBe(at(55));
      now = at(60);
      await come(made, 'jane1', { personId: 'jane', memoryMiB: 90 });
      expect(starts.get('jane1')).toMatchObject({ reservationId: 'r', endsAt: at(180) });
    });

    it('holds to limits where the machine has less room than they say', async () => {
      const { made } = measuring(0);
      kept.push({ id: 'r', personId: 'jane', memoryMiB: 90, beginsAt: at(60), endsAt: at(120) });
      await come(made, 'a', { memoryMiB: 60 });
      expect(starts.get('a')?.endsAt).toBe(at(55));
      wait(made, 'b');
      await soon();
      expect(entered).toEqual(['a']);
    });
  });

  describe('beside places that are kept', () => {
    const place = (change: Partial<KeptPlace> = {}): KeptPlace => ({
      id: 'r',
      personId: 'jane',
      memoryMiB: 60,
      beginsAt: at(60),
      endsAt: at(120),
      ...change,
    });

    it('lets others start for as long as the memory is not kept, and for the whole time where there is enough', async () => {
      const full = queue(4, 100);
      kept.push(place());
      await come(full, 'large', { memoryMiB: 50 });
      expect(starts.get('large')?.endsAt).toBe(at(55));
      await come(full, 'small', { memoryMiB: 40 });
      expect(starts.get('small')?.endsAt).toBe(at(120));
    });

    it('lets nobody start for a moment only, and says by when there is more', async () => {
      const full = queue(4, 100);
      now = at(41);
      kept.push(place());
      void come(full, 'large', { memoryMiB: 50 });
      await soon();
      expect(entered).toEqual([]);
      expect(standings.get('large')).toEqual({ ahead: 0, freeBy: at(120) });
      kept = [];
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(entered).toEqual(['large']);
    });

    it('lets whose place it is go first, on that place, from shortly before it begins until it ends', async () => {
      const one = queue(1, 100);
      kept.push(
        place({ memoryMiB: 60, endsAt: at(90) }),
        place({ id: 's', personId: 'joe', beginsAt: at(90), endsAt: at(150), memoryMiB: 40 }),
      );
      now = at(54);
      void come(one, 'x');
      await soon();
      void come(one, 'y');
      void come(one, 'jane1', { personId: 'jane', memoryMiB: 61 });
      void come(one, 'jane2', { personId: 'jane', memoryMiB: 1 });
      await soon();
      now = at(55);
      for (const id of ['x', 'jane1', 'y']) {
        starts.get(id)?.over();
        await soon();
      }
      expect(entered).toEqual(['x', 'jane1', 'y', 'jane2']);
      // More than was kept is had for as long as nobody else needs it.
      expect(starts.get('jane1')).toMatchObject({ endsAt: at(85), reservationId: 'r' });
      expect(starts.get('jane2')?.reservationId).toBeUndefined();
    });

    it('keeps the place for its person’s next viewer when one of them ends', async () => {
      const full = queue(4, 100);
      now = at(60);
      kept.push(place());
      await come(full, 'jane1', { personId: 'jane', memoryMiB: 20 });
      void come(full, 'other', { memoryMiB: 50 });
      await soon();
      expect(standings.get('other')).toEqual({ ahead: 0, freeBy: at(120) });
      starts.get('jane1')?.over();
      holders = [];
      await come(full, 'jane2', { personId: 'jane', memoryMiB: 60 });
      expect(starts.get('jane2')).toMatchObject({ endsAt: at(180), reservationId: 'r' });
      expect(entered).toEqual(['jane1', 'jane2']);
    });

    it('goes on first with what an earlier process let in, on the same terms, and counts it as there', async () => {
      queue(1);
      const terms = { endsAt: at(30), reservationId: 'r' };
      const waiting: string[][] = [];
      const asked = new StartQueue(
        1,
        host({
          availableMiB: () => 100,
          occupancy: (ids) => {
            waiting.push([...ids]);
            return Promise.resolve({ holders, kept });
          },
        }),
      );
      holders.push({ id: 'mine', personId: 'jane', memoryMiB: 90, ...terms });
      void come(asked, 'new', { memoryMiB: 20 });
      await come(asked, 'mine', { personId: 'jane', memoryMiB: 90, terms });
      expect(starts.get('mine')).toMatchObject(terms);
      expect(waiting.flat()).not.toContain('mine');
    });

    it('lets nobody in while somebody decides by what is known', async () => {
      const one = queue(1, 100);
      let decided = () => {};
      const deciding = one.quietly(async ({ holders: seen }) => {
        await new Promise<void>((resolve) => (decided = resolve));
        return seen.length;
      });
      await soon();
      void come(one, 'a');
      await soon();
      expect(entered).toEqual([]);
      decided();
      await soon();
      expect(await deciding).toBe(0);
      expect(entered).toEqual(['a']);
      await expect(one.quietly(() => Promise.reject(new Error('full')))).rejects.toThrow('full');
      starts.get('a')?.over();
      await come(one, 'b');
    });
  });
});

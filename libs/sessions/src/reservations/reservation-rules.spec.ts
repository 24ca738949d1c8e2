import { describe, expect, it } from '@jest/globals';
import { later, Problem } from '@vitrine/kernel';
import { termsOf } from '../start-terms.js';
import {
  earliest,
  keptFrom,
  ownPlace,
  takenAt,
  type Holder,
  type KeptPlace,
  type Occupancy,
} from './occupancy.js';
import { checkRoom, endOf, isKept, type SessionOnPlace } from './reservation-rules.js';

const MINUTE_MS = 60_000;
const LONGEST_MS = 120 * MINUTE_MS;
const NOON = '2026-01-31T12:00:00.000Z';
const at = (minutes: number) => later(NOON, minutes * MINUTE_MS);
const told = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    const { code, extensions } = Problem.from(error);
    return { code, ...extensions };
  }
  return undefined;
};

describe('the time of a kept place', () => {
  const refused = (minutesAhead: number, minutes: number) =>
    told(() => endOf({ beginsAt: at(minutesAhead), minutes }, NOON, LONGEST_MS));

  it('is between an hour and two weeks ahead, and no longer than a viewer runs', () => {
    expect(endOf({ beginsAt: at(60), minutes: 30 }, NOON, LONGEST_MS)).toBe(at(90));
    expect(endOf({ beginsAt: at(14 * 24 * 60), minutes: 120 }, NOON, LONGEST_MS)).toBe(
      at(14 * 24 * 60 + 120),
    );
    for (const [ahead, minutes] of [
      [59, 30],
      [14 * 24 * 60 + 1, 30],
      [60, 14],
      [60, 121],
    ] as const)
      expect(refused(ahead, minutes)).toEqual({ code: 'sessions.reservation-time' });
  });
});

describe('room for another place', () => {
  const kept = (change: Partial<KeptPlace> = {}): KeptPlace => ({
    id: 'k',
    personId: 'joe',
    memoryMiB: 40,
    beginsAt: at(120),
    endsAt: at(180),
    ...change,
  });
  const wish = (change: Partial<KeptPlace> = {}) => kept({ personId: 'jane', ...change });
  const check = (place: KeptPlace, occupancy: Partial<Occupancy>) =>
    told(() => checkRoom(place, NOON, { holders: [], kept: [], ...occupancy }, 100));

  it('is half of the memory at any moment, and the next free time is told', () => {
    expect(check(wish({ memoryMiB: 50 }), {})).toBeUndefined();
    expect(check(wish({ memoryMiB: 51 }), {})).toEqual({ code: 'sessions.reservation-too-large' });
    expect(check(wish({ memoryMiB: 10 }), { kept: [kept()] })).toBeUndefined();
    const full = { code: 'sessions.reservation-full' };
    expect(check(wish({ memoryMiB: 11 }), { kept: [kept()] })).toEqual({ ...full, nextFree: at(195) });
    // Where one follows the other, both are looked at.
    const two = [
      kept({ beginsAt: at(90), endsAt: at(130) }),
      kept({ id: 'l', beginsAt: at(170), endsAt: at(230) }),
    ];
    expect(check(wish({ memoryMiB: 20 }), { kept: two })).toEqual({ ...full, nextFree: at(240) });
  });

  it('is not where something runs until then at the latest', () => {
    const runs = (endsAt: string): Holder => ({ id: 's', personId: 'x', memoryMiB: 70, endsAt });
    expect(check(wish(), { holders: [runs(at(115))] })).toBeUndefined();
    expect(check(wish(), { holders: [runs(at(116))] })).toEqual({
      code: 'sessions.reservation-full',
      nextFree: at(135),
    });
  });

  it('is for two at most of one person', () => {
    const own = [wish(), wish({ id: 'l', beginsAt: at(600), endsAt: at(660) })];
    expect(check(wish({ memoryMiB: 1 }), { kept: own })).toEqual({
      code: 'sessions.reservation-limit',
      limit: 2,
    });
  });

  it('may be nowhere', () => {
    const always = [kept({ memoryMiB: 50, endsAt: at(30 * 24 * 60) })];
    expect(check(wish(), { kept: always })).toEqual({ code: 'sessions.reservation-full' });
  });
});

describe('a kept place', () => {
  const place = { id: 'k', patientId: 'jane', beginsAt: at(0), endsAt: at(60), cancelledAt: null };
  const session = (change: Partial<SessionOnPlace>): SessionOnPlace => ({
    patientId: 'jane',
    state: 'ready',
    createdAt: at(10),
    endedAt: null,
    reservationId: 'k',
    ...change,
  });

  it('lapses a quarter of an hour after its beginning when nobody comes', () => {
    expect(isKept(place, [], at(-1000))).toBe(true);
    expect(isKept(place, [], at(14))).toBe(true);
    expect(isKept(place, [], at(15))).toBe(false);
    expect(isKept({ ...place, cancelledAt: at(1) }, [], at(2))).toBe(false);
  });

  it('does not lapse for who came in time and waits, or has a viewer', () => {
    const waits = session({ state: 'requested', reservationId: null, createdAt: at(14) });
    expect(isKept(place, [waits], at(40))).toBe(true);
    expect(isKept(place, [{ ...waits, createdAt: at(15) }], at(40))).toBe(false);
    expect(isKept(place, [session({})], at(59))).toBe(true);
    expect(isKept(place, [session({})], at(60))).toBe(false);
  });

  it('is kept for a quarter of an hour after each viewer', () => {
    const closed = [
      session({ state: 'ended', endedAt: at(20) }),
      session({ state: 'ended', endedAt: at(30) }),
    ];
    expect(isKept(place, closed, at(44))).toBe(true);
    expect(isKept(place, closed, at(45))).toBe(false);
  });
});

/** The same figures in each run: a failure can be looked at. */
function figures(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('all rules together, over a day of people who come, go, keep places and do not come', () => {
  const availableMiB = 100;
  const limits = { longestMs: LONGEST_MS, availableMiB };
  type Row = Parameters<typeof isKept>[0] & { memoryMiB: number };
  type Run = SessionOnPlace & { id: string; memoryMiB: number; endsAt: string };

  it.each([1, 2, 3])('never promise more than there is, and keep what was promised: %i', (seed) => {
    const figure = figures(seed);
    const rows: Row[] = [];
    const sessions: Run[] = [];
    const used = { places: 0, starts: 0, refused: 0, shortened: 0 };
    const forget = <T extends { readonly endsAt: string }>(all: T[], until: string) =>
      all.splice(0, all.length, ...all.filter(({ endsAt }) => endsAt > until));
    let made = 0;
    for (let minute = 0; minute < 24 * 60; minute += 5) {
      const now = at(minute);
      // Nobody asks for what was over long ago.
      forget(rows, now);
      forget(sessions, at(minute - 180));
      for (const one of sessions)
        if (one.endedAt === null && (one.endsAt <= now || figure(20) === 0)) one.endedAt = now;
      const look = (): Occupancy => ({
        holders: sessions
          .filter(({ endedAt }) => endedAt === null)
          .map(({ id, patientId, memoryMiB, endsAt, reservationId }) => ({
            ...{ id, personId: patientId, memoryMiB, endsAt },
            ...(reservationId === null ? {} : { reservationId }),
          })),
        kept: rows
          .filter((row) => isKept(row, sessions, now))
          .map((row) => ({ ...row, personId: row.patientId })),
      });
      const start = (personId: string, memoryMiB: number) => {
        const id = `${made++}`;
        const terms = termsOf({ id, personId, memoryMiB, notAfter: at(1e6) }, look(), now, limits);
        if (terms) {
          const { endsAt, reservationId = null } = terms;
          const state = 'ready' as const;
          sessions.push({
            id,
            patientId: personId,
            memoryMiB,
            state,
            createdAt: now,
            endedAt: null,
            endsAt,
            reservationId,
          });
        }
        return terms;
      };
      for (const { personId } of look().kept) {
        const own = ownPlace(personId, now, look());
        if (own === undefined || figure(3) > 0) continue;
        const terms = start(personId, 1 + figure(own.memoryMiB));
        const promised = earliest(own.endsAt, at(minute + 120));
        expect(terms?.reservationId).toBe(own.id);
        expect(terms!.endsAt >= promised).toBe(true);
        used.places++;
      }
      for (let come = figure(3); come > 0; come--) {
        const terms = start(`p${figure(40)}`, 5 + figure(40));
        if (terms) used.starts++;
        else used.refused++;
        if (terms && terms.endsAt < at(minute + 120)) used.shortened++;
      }
      if (figure(4) === 0) {
        const beginsAt = at(minute + 60 + 5 * figure(60));
        const endsAt = endOf({ beginsAt, minutes: 15 + 15 * figure(8) }, now, LONGEST_MS);
        const patientId = `p${figure(40)}`;
        const place = { personId: patientId, memoryMiB: 5 + figure(50), beginsAt, endsAt };
        if (told(() => checkRoom(place, now, look(), availableMiB)) === undefined)
          rows.push({ id: `r${made++}`, patientId, ...place, cancelledAt: null });
      }
      const known = look();
      const moments = [now, ...known.kept.map(keptFrom).filter((from) => from > now)];
      expect(Math.max(...moments.map((moment) => takenAt(moment, now, known)))).toBeLessThanOrEqual(
        availableMiB,
      );
    }
    // The day was busy.
    for (const count of Object.values(used)) expect(count).toBeGreaterThan(5);
  });
});

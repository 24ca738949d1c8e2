import { describe, expect, it } from '@jest/globals';
import { dayHeading, longDate, relative, timeLeft, until } from './times.js';

const now = new Date(2026, 10, 20, 14, 0).getTime(); // a Friday
const at = (days: number, hours = 0, minutes = 0): string =>
  new Date(2026, 10, 20 + days, 14 + hours, minutes).toISOString();

describe('relative', () => {
  it.each([
    [at(0), 'now'],
    [at(0, 0, -8), '8 minutes ago'],
    [at(0, -2), '2 hours ago'],
    [at(-1), 'yesterday'],
    [at(3), 'in 3 days'],
    [at(-21), '3 weeks ago'],
    [at(-200), '6 months ago'],
    [at(-1200), '3 years ago'],
  ])('says %s as “%s”', (instant, words) => expect(relative(instant, now, 'en-GB')).toBe(words));

  it('speaks German', () => expect(relative(at(-1), now, 'de-DE')).toBe('gestern'));
});

describe('until', () => {
  it.each([
    [at(0, 4), 'today 18:00'],
    [at(1, 4), 'tomorrow 18:00'],
    [at(3, 4), 'Monday 18:00'],
    [at(22, 4), '12 December, 18:00'],
    [at(60, 4), '19 January 2027, 18:00'],
  ])('says %s as “%s”', (instant, words) => expect(until(instant, now, 'en-GB')).toBe(words));

  it('speaks German', () => expect(until(at(1, 4), now, 'de-DE')).toBe('morgen 18:00'));
});

describe('timeLeft', () => {
  it.each([
    [-5, '0 s'],
    [44_200, '45 s'],
    [8 * 60_000, '8 min'],
    [7 * 60_000 + 1000, '8 min'],
    [3_600_000, '1 h'],
    [112 * 60_000, '1 h 52 min'],
  ])('says %d ms as “%s”', (milliseconds, words) => expect(timeLeft(milliseconds)).toBe(words));
});

describe('longDate', () => {
  it('keeps a plain date on its day in every time zone', () =>
    expect(longDate('2012-09-14', 'en-GB')).toBe('14 September 2012'));
});

describe('dayHeading', () => {
  it.each([
    [at(0), 'Today'],
    [at(-1), 'Yesterday'],
    [at(-11), 'Monday 9 November'],
  ])('heads %s with “%s”', (instant, words) => expect(dayHeading(instant, now, 'en-GB')).toBe(words));
});

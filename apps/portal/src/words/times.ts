/** Times as people say them. All take `now` and the language, so that they can be tested; times are ISO strings. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const midnight = (time: number): number => new Date(time).setHours(0, 0, 0, 0);
const daysBetween = (from: number, to: number): number => Math.round((midnight(to) - midnight(from)) / DAY);

export const clock = (instant: string, language: string): string =>
  new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(new Date(instant));

/** The day of a moment on the reader's own clock, as a date field writes it: `2026-01-31`. */
export function dayOf(time: number): string {
  const day = new Date(time);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** “14 September 2012”. A plain date (`YYYY-MM-DD`) has no time zone and stays that day everywhere. */
export function longDate(day: string, language: string): string {
  const plain = /^\d{4}-\d{2}-\d{2}$/.test(day);
  return new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    ...(plain ? { timeZone: 'UTC' } : {}),
  }).format(new Date(day));
}

/** The whole truth for hover and focus: “Friday, 14 September 2012 at 18:00”. */
export const fullTime = (instant: string, language: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(instant));

/** “2 hours ago”, “yesterday”, “in 3 days”. */
export function relative(instant: string, now: number, language: string): string {
  const then = new Date(instant).getTime();
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const distance = then - now;
  const size = Math.abs(distance);
  if (size < MINUTE) return words.format(0, 'second');
  if (size < HOUR) return words.format(Math.trunc(distance / MINUTE), 'minute');
  const days = daysBetween(now, then);
  if (days === 0 || size < 6 * HOUR) return words.format(Math.trunc(distance / HOUR), 'hour');
  if (Math.abs(days) < 14) return words.format(days, 'day');
  if (Math.abs(days) < 60) return words.format(Math.trunc(days / 7), 'week');
  if (Math.abs(days) < 730) return words.format(Math.trunc(days / 30.44), 'month');
  return words.format(Math.trunc(days / 365.25), 'year');
}

/** An end as one would say it: “today 18:00”, “Friday 18:00”, “12 December 18:00”. Goes after “until”. */
export function until(instant: string, now: number, language: string): string {
  const then = new Date(instant).getTime();
  const days = daysBetween(now, then);
  const time = clock(instant, language);
  if (days === 0 || days === 1)
    return `${new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(days, 'day')} ${time}`;
  if (days > 1 && days < 7)
    return `${new Intl.DateTimeFormat(language, { weekday: 'long' }).format(then)} ${time}`;
  const sameYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  const date = new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(then);
  return `${date}, ${time}`;
}

/** What is left, short: “1 h 52 min”, “8 min”, “45 s”. Never below zero. */
export function timeLeft(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** The heading of a day in a list: “Today”, “Yesterday”, “Monday, 9 November”. */
export function dayHeading(instant: string, now: number, language: string): string {
  const then = new Date(instant).getTime();
  const days = daysBetween(now, then);
  const words =
    days > -2 && days <= 0
      ? new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(days, 'day')
      : new Intl.DateTimeFormat(language, {
          weekday: 'long',
          day: 'numeric',
          month: 'long',
          ...(new Date(then).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' }),
        }).format(then);
  return words.charAt(0).toLocaleUpperCase(language) + words.slice(1);
}

export const sameDay = (one: string, other: string): boolean =>
  midnight(new Date(one).getTime()) === midnight(new Date(other).getTime());

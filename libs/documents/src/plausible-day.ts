const DAY_MS = 24 * 60 * 60_000;
const EARLIEST = '1900-01-01';

/**
 * `YYYY-MM-DD` of a day that there is, and on which something of a living person can have been made; otherwise undefined.
 * Devices whose clock was never set, and whoever wants to mislead, write anything.
 */
export function plausibleDay(year: string, month: string, day: string): string | undefined {
  const text = `${year}-${month}-${day}`;
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) return undefined;
  return text >= EARLIEST && date.getTime() <= Date.now() + DAY_MS ? text : undefined;
}

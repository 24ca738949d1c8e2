import type { Clock } from '@vitrine/kernel';

const TRIES = 20;
const REST_MS = 15 * 60_000;
/** A flood from many addresses must not fill the memory; the ones longest unseen are forgotten first. */
const REMEMBERED = 10_000;

/** Counts wrong passwords of each address. Nobody guesses one; but whoever tries costs time, and is not needed here. */
export class WrongLogins {
  private readonly counts = new Map<string, { tries: number; readonly since: number }>();

  constructor(private readonly clock: Clock) {}

  isResting(address: string): boolean {
    return (this.current(address)?.tries ?? 0) >= TRIES;
  }

  count(address: string): void {
    const count = this.current(address) ?? { tries: 0, since: this.clock.now().getTime() };
    count.tries++;
    this.counts.delete(address);
    this.counts.set(address, count);
    const oldest = this.counts.keys().next().value;
    if (this.counts.size > REMEMBERED && oldest !== undefined) this.counts.delete(oldest);
  }

  private current(address: string): { tries: number; readonly since: number } | undefined {
    const count = this.counts.get(address);
    return count !== undefined && this.clock.now().getTime() - count.since < REST_MS ? count : undefined;
  }
}

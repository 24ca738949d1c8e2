import type { Account } from './account.entity.js';

/** Wrong passwords that are let through before the account rests. */
export const TRIES = 10;
export const REST_MS = 15 * 60_000;

type Counted = Pick<Account, 'wrongPasswords' | 'lockedUntil'>;

/**
 * Counts a try before the password is checked, so that tries at the same moment cannot outrun the count. Null when
 * the account rests and the password may not be checked.
 */
export function countTry(
  { wrongPasswords, lockedUntil }: Counted,
  now: string,
  inRest: string,
): Counted | null {
  if (lockedUntil !== null && lockedUntil > now) return null;
  const tries = (lockedUntil === null ? wrongPasswords : 0) + 1;
  return { wrongPasswords: tries, lockedUntil: tries >= TRIES ? inRest : null };
}

// Enough for every honest mistake; more addresses than this within a quarter of an hour is an attack.
const REMEMBERED = 10_000;

/**
 * Counts tries for addresses without an account, in memory and in the same way: otherwise the rest itself would tell
 * which addresses have one.
 */
export class UnknownAddresses {
  private readonly counts = new Map<string, Counted>();

  countTry(email: string, now: string, inRest: string): boolean {
    const counted = countTry(this.counts.get(email) ?? { wrongPasswords: 0, lockedUntil: null }, now, inRest);
    if (counted === null) return false;
    this.counts.delete(email);
    this.counts.set(email, counted);
    const oldest = this.counts.keys().next().value;
    if (this.counts.size > REMEMBERED && oldest !== undefined) this.counts.delete(oldest);
    return true;
  }
}

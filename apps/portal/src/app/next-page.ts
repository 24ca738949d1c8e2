import type { Role } from '../api/types.js';
import { areaOf, mayEnter } from './areas.js';

const KEY = 'vitrine.next';

/**
 * Where somebody wanted to go before the sign-in was in the way. Kept in this tab, not in the address: the part behind
 * the “#” can be a deposit code, and an address ends up in histories and server logs.
 */
export function rememberNext(place: string): void {
  sessionStorage.setItem(KEY, place);
}

export function forgetNext(): void {
  sessionStorage.removeItem(KEY);
}

export interface NextPlace {
  readonly path: string;
  readonly hash: string;
}

/** The remembered place if this role may go there, otherwise the start. */
export function nextPlace(role: Role): NextPlace {
  const [path = '/', hash = ''] = (sessionStorage.getItem(KEY) ?? '/').split('#', 2);
  const safe = /^\/(?!\/)/.test(path) && mayEnter(role, areaOf(path));
  return safe ? { path, hash } : { path: '/', hash: '' };
}

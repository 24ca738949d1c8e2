import { randomInt } from 'node:crypto';

// Crockford's base32: without I, L, O and U.
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 3;
const GROUP = 4;

/** 60 random bits that a person can read out on the telephone: `7K3M-Q9TX-V2AB`. */
export const newHumanCode = (): string =>
  Array.from({ length: GROUPS }, () =>
    Array.from({ length: GROUP }, () => SIGNS[randomInt(SIGNS.length)]).join(''),
  ).join('-');

/** A code as the called AE title of an association: 12 characters, of 16 that there may be (PS3.5 §6.2, AE). */
export const aeTitleOf = (code: string): string => code.replaceAll('-', '');

/** The one spelling of a code as it was typed, or null when it cannot be one. */
export function readHumanCode(typed: string): string | null {
  const signs = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  if (signs.length !== GROUPS * GROUP || !/^[0-9A-HJKMNP-TV-Z]*$/.test(signs)) return null;
  return (signs.match(/.{4}/g) ?? []).join('-');
}

import { Problem } from '@vitrine/kernel';
import { COMMON_PASSWORDS } from './common-passwords.js';

export const SHORTEST_PASSWORD = 10;
/** Long enough for every phrase, short enough that hashing it costs nothing extra. */
export const LONGEST_PASSWORD = 200;

/** Refuses what is guessed first (NIST SP 800-63B §3.1.1.2): too short, common, one repeated bit, or one's own name. */
export function checkPassword(
  password: string,
  person: { readonly name: string; readonly email: string },
): void {
  const plain = plainOf(password);
  const length = Array.from(password).length;
  const weak =
    length < SHORTEST_PASSWORD ||
    length > LONGEST_PASSWORD ||
    new Set(plain).size < 4 ||
    isRepeated(plain) ||
    isSequence(plain) ||
    isCommon(plain) ||
    isOwn(plain, person);
  if (weak) throw new Problem('identity.weak-password');
}

/** What stays when the usual disguises are taken off: capitals, spaces, and digits or signs for letters. */
const plainOf = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}\s._-]/gu, '');

const LOOK_ALIKE: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** A common password, also with something short appended (“password2026!”) or letters written as digits. */
const isCommon = (plain: string): boolean => {
  const unmasked = plain.replace(/[013457@$!]/g, (sign) => LOOK_ALIKE[sign] ?? sign);
  return COMMON_PASSWORDS.some(
    (common) =>
      (plain.startsWith(common) || unmasked.startsWith(common)) && isTrifle(plain.slice(common.length)),
  );
};

/** An appendix that makes nothing harder to guess: a year, a sign, two letters. */
const isTrifle = (appendix: string): boolean => appendix.length <= 5 && !/\p{L}{3}/u.test(appendix);

const isOwn = (plain: string, { name, email }: { name: string; email: string }): boolean => {
  const own = [email, email.split('@')[0] ?? '', name].map(plainOf).filter((part) => part.length >= 4);
  return own.some((part) => plain === part || (plain.includes(part) && plain.length - part.length <= 4));
};

const isRepeated = (plain: string): boolean => /^(.{1,10})\1+$/u.test(plain);

const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
];

const isSequence = (plain: string): boolean =>
  ROWS.some((row) => row.includes(plain) || Array.from(row).reverse().join('').includes(plain));

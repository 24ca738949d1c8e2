import { randomInt } from 'node:crypto';

// Without I, L, O and U: no two signs look or sound alike, and no words arise.
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 80 random bits in four groups, to be read out or typed once and then replaced. */
export const newOneTimePassword = (): string =>
  Array.from({ length: 4 }, () =>
    Array.from({ length: 4 }, () => SIGNS[randomInt(SIGNS.length)]).join(''),
  ).join('-');

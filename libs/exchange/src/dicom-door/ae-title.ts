import { randomInt } from 'node:crypto';

const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const INBOX = 'VITRINE-';

/** True for an application entity title: 1 to 16 printable characters but the backslash (PS3.5 §6.2, AE). */
export const isAeTitle = (text: string): boolean =>
  /^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(text) && text.trim() === text && text !== '';

/** A title that nobody else has: `VITRINE-7K3MQ9TX`. It is an address and no secret. */
export const newInboxAeTitle = (): string =>
  INBOX + Array.from({ length: 16 - INBOX.length }, () => SIGNS[randomInt(SIGNS.length)]).join('');

/** One address has one spelling, so that it is one account. */
export const normaliseEmail = (email: string): string => email.normalize('NFC').trim().toLowerCase();

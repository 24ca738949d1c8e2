/** What an account is for. One account has one role; a person who is two things has two accounts. */
export const ROLES = ['patient', 'caregiver', 'provider', 'vendor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

import type { Role } from '@vitrine/identity';

/** A password that was made for somebody and has to be replaced at the first sign-in. */
export interface OneTimePassword {
  readonly role: Role;
  readonly email: string;
  readonly oneTimePassword: string;
}

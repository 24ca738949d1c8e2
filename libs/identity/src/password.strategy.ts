import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import type { Account } from './account.entity.js';
import { Passwords } from './passwords.service.js';

export const PASSWORD_STRATEGY = 'password';

/** Passport's way from `{ email, password }` in the body to an account. */
@Injectable()
export class PasswordStrategy extends PassportStrategy(Strategy, PASSWORD_STRATEGY) {
  constructor(private readonly passwords: Passwords) {
    super({ usernameField: 'email', session: false });
  }

  /** What arrives has not been validated: JSON may hold anything. */
  async validate(email: unknown, password: unknown): Promise<Account | false> {
    if (typeof email !== 'string' || typeof password !== 'string') return false;
    return this.passwords.authenticate(email, password);
  }
}

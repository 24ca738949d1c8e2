import { Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { PASSWORD_STRATEGY } from '@vitrine/identity';
import { Problem } from '@vitrine/kernel';

/** Lets in whose e-mail and password are right; the account is then `request.proven`. */
@Injectable()
export class PasswordGuard extends AuthGuard(PASSWORD_STRATEGY) {
  constructor() {
    super({ property: 'proven' });
  }

  override handleRequest<T>(error: unknown, account: T | false | null): T {
    if (error) throw error instanceof Error ? error : new Error('The strategy failed.');
    if (!account) throw new Problem('identity.wrong-credentials');
    return account;
  }
}

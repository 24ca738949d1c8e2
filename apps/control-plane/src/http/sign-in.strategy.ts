import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy } from 'passport-custom';
import { SignIns, type KnownSignIn } from '@vitrine/identity';
import { readCookie, SIGN_IN_COOKIE } from './cookies.js';

export const SIGN_IN_STRATEGY = 'sign-in';

/** Passport's way to an account: the cookie of a sign-in that the server keeps. */
@Injectable()
export class SignInStrategy extends PassportStrategy(Strategy, SIGN_IN_STRATEGY) {
  constructor(private readonly signIns: SignIns) {
    super();
  }

  async validate(request: Request): Promise<KnownSignIn | null> {
    const secret = readCookie(request, SIGN_IN_COOKIE);
    return secret === undefined ? null : this.signIns.recognise(secret);
  }
}

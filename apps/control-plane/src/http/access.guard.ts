import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { Response } from 'express';
import { AccessTokens, Visits } from '@vitrine/delegation';
import { SignIns, type KnownSignIn } from '@vitrine/identity';
import { hashSecret, LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { ROUTE_ACCESS, type RouteAccess } from './access.decorators.js';
import type { CallerRequest } from './caller.js';
import { AddressBuckets } from './address-buckets.js';
import { readCookie, SIGN_IN_COOKIE, VISIT_COOKIE } from './cookies.js';
import { SIGN_IN_STRATEGY } from './sign-in.strategy.js';

/** Wrong app passwords from one address: more is no mistyping. */
const WRONG_PASSWORDS = { times: 30, windowMs: 60_000 };

/**
 * Stands before every route and lets nobody in unless the route says who may come. A new route that forgot to say
 * so is refused, which its author notices, instead of being open, which nobody would.
 */
@Injectable()
export class AccessGuard extends AuthGuard(SIGN_IN_STRATEGY) {
  constructor(
    private readonly reflector: Reflector,
    private readonly signIns: SignIns,
    private readonly visits: Visits,
    private readonly tokens: AccessTokens,
    private readonly wrong: AddressBuckets,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    super({ property: 'account' });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<RouteAccess | undefined>(ROUTE_ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    context.switchToHttp().getResponse<Response>().setHeader('Cache-Control', 'no-store');
    switch (access?.kind) {
      case 'public':
        return true;
      case 'account':
        return this.admitAccount(context, access);
      case 'visitor':
        return this.admitVisitor(context.switchToHttp().getRequest<CallerRequest>());
      case 'program':
        return this.admitProgram(context, access);
      case 'drive':
        return this.admitDrive(context);
      case undefined:
        this.logger.error({ route: context.getHandler().name }, 'a route does not say who may use it');
        throw new Problem('identity.not-allowed');
    }
  }

  private async admitAccount(
    context: ExecutionContext,
    access: RouteAccess & { kind: 'account' },
  ): Promise<boolean> {
    await super.canActivate(context);
    const request = context.switchToHttp().getRequest<CallerRequest & { account: KnownSignIn }>();
    const known = request.account;
    if (access.roles !== 'any' && !access.roles.includes(known.account.role))
      throw new Problem('identity.not-allowed');
    if (known.account.mustChangePassword && !access.oneTimePassword)
      throw new Problem('identity.password-must-change');
    const secret = readCookie(request, SIGN_IN_COOKIE) ?? '';
    request.caller = { ...known, kind: 'account', cookieHash: hashSecret(secret) };
    request.stillAllowed = async () => (await this.signIns.recognise(secret)) !== null;
    return true;
  }

  private async admitVisitor(request: CallerRequest): Promise<boolean> {
    const secret = readCookie(request, VISIT_COOKIE);
    const known = secret === undefined ? null : await this.visits.recognise(secret);
    if (secret === undefined || !known) throw new Problem('delegation.visit-over');
    request.caller = { ...known, kind: 'visitor', cookieHash: hashSecret(secret) };
    request.stillAllowed = async () => (await this.visits.recognise(secret)) !== null;
    return true;
  }

  /** A bearer token as RFC 6750 has it; a cookie counts for nothing here, so no page can use one behind its back. */
  private async admitProgram(
    context: ExecutionContext,
    { scope }: RouteAccess & { kind: 'program' },
  ): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    const secret = /^Bearer ([\w-]{43})$/i.exec(request.headers.authorization ?? '')?.[1];
    const known = secret === undefined ? null : await this.tokens.recognise(secret);
    if (secret === undefined || known === null) {
      const presented = request.headers.authorization !== undefined;
      response.setHeader(
        'WWW-Authenticate',
        presented ? 'Bearer realm="vitrine", error="invalid_token"' : 'Bearer realm="vitrine"',
      );
      throw new Problem('delegation.token-refused');
    }
    if (known.token.scope !== scope) {
      response.setHeader('WWW-Authenticate', 'Bearer realm="vitrine", error="insufficient_scope"');
      throw new Problem('delegation.token-scope');
    }
    request.caller = { ...known, kind: 'program', cookieHash: hashSecret(secret) };
    request.stillAllowed = async () => (await this.tokens.recognise(secret)) !== null;
    return true;
  }

  /**
   * An app password, in HTTP Basic (RFC 7617) because drives know nothing else. The user name says nothing: the password
   * names its owner. Neither the account's password nor a cookie opens anything here.
   */
  private async admitDrive(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    const address = request.ip ?? '';
    const retryAfter = this.wrong.waitSeconds(address, WRONG_PASSWORDS);
    if (retryAfter > 0) throw new Problem('kernel.too-many-requests', { extensions: { retryAfter } });
    const secret = basicPassword(request.headers.authorization);
    const known = secret === undefined ? null : await this.tokens.recognise(secret);
    if (secret === undefined || known === null || !known.token.scope.startsWith('drive-')) {
      // Asking without a password is how every drive begins.
      if (request.headers.authorization !== undefined) this.wrong.take(address, WRONG_PASSWORDS);
      response.setHeader('WWW-Authenticate', 'Basic realm="Vitrine", charset="UTF-8"');
      throw new Problem('delegation.token-refused');
    }
    request.caller = { ...known, kind: 'program', cookieHash: hashSecret(secret) };
    request.stillAllowed = async () => (await this.tokens.recognise(secret)) !== null;
    return true;
  }

  override handleRequest<T>(error: unknown, known: T | false | null): T {
    if (error) throw error instanceof Error ? error : new Error('The strategy failed.');
    if (!known) throw new Problem('identity.not-signed-in');
    return known;
  }
}

function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]{1,1000})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  return /^[^:]*:([\w-]{43})$/.exec(Buffer.from(encoded, 'base64').toString())?.[1];
}

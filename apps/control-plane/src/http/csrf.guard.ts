import { Inject, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { Problem, SETTINGS, type Settings } from '@vitrine/kernel';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const WITHOUT_HEADER = Symbol('WithoutRequestHeader');

/**
 * For uploads, whose client does not send our header. Where the request comes from is still checked, and the
 * protocol's own headers keep plain forms of other sites out.
 */
export const WithoutRequestHeader = () => SetMetadata(WITHOUT_HEADER, true);

/**
 * Refuses changes that another site asks this browser for. The cookies are SameSite=Strict already; this holds where
 * a browser or a proxy gets that wrong. A form or an image cannot add a header of its own, and a script of another
 * site that tries needs a permission (CORS) that is never given.
 */
@Injectable()
export class CsrfGuard implements CanActivate {
  private readonly origin: string;

  constructor(
    private readonly reflector: Reflector,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.origin = new URL(settings.publicUrl).origin;
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (SAFE_METHODS.has(request.method)) return true;
    const exempt = this.reflector.getAllAndOverride<boolean | undefined>(WITHOUT_HEADER, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!this.isFromHere(request) || (exempt !== true && request.headers['x-vitrine'] !== '1'))
      throw new Problem('identity.forged-request');
    return true;
  }

  /** Clients that are not browsers send neither header and carry no cookies that somebody else could misuse. */
  private isFromHere({ headers }: Request): boolean {
    const site = headers['sec-fetch-site'];
    return (
      (headers.origin === undefined || headers.origin === this.origin) &&
      (site === undefined || site === 'same-origin')
    );
  }
}

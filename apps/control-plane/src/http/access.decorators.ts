import { applyDecorators, SetMetadata } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCookieAuth,
  ApiDefaultResponse,
  ApiExtraModels,
  getSchemaPath,
} from '@nestjs/swagger';
import type { TokenScope } from '@vitrine/delegation';
import type { Role } from '@vitrine/identity';
import { ProblemDto } from './problem.dto.js';

/** Who may use a route. A route that says nothing is used by nobody. */
export type RouteAccess =
  | { readonly kind: 'public' }
  | { readonly kind: 'account'; readonly roles: readonly Role[] | 'any'; readonly oneTimePassword: boolean }
  | { readonly kind: 'visitor' }
  | { readonly kind: 'program'; readonly scope: TokenScope }
  | { readonly kind: 'drive' };

export const ROUTE_ACCESS = Symbol('RouteAccess');

const access = (rule: RouteAccess, ...documentation: (ClassDecorator & MethodDecorator)[]) =>
  applyDecorators(
    SetMetadata(ROUTE_ACCESS, rule),
    ApiExtraModels(ProblemDto),
    ApiDefaultResponse({
      description: 'A failure, as RFC 9457 has it.',
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
    }),
    ...documentation,
  );

/** Anybody, signed in or not. */
export const Public = () => access({ kind: 'public' });

/** Everybody who is signed in. `oneTimePassword` lets in also those who first have to choose a password. */
export const SignedIn = (options: { readonly oneTimePassword?: boolean } = {}) =>
  access(
    { kind: 'account', roles: 'any', oneTimePassword: options.oneTimePassword ?? false },
    ApiCookieAuth('sign-in'),
  );

/** Those who are signed in with one of these roles. */
export const Roles = (...roles: Role[]) =>
  access({ kind: 'account', roles, oneTimePassword: false }, ApiCookieAuth('sign-in'));

/** Browsers that hold the visit cookie of a share link that is still good. */
export const Visitor = () => access({ kind: 'visitor' }, ApiCookieAuth('visit'));

/** Programs that hold an access token of this kind. */
export const Program = (scope: TokenScope) =>
  access({ kind: 'program', scope }, ApiBearerAuth('access-token'));

/** Programs that show an app password of the network drive (HTTP Basic). What it may do there, the route asks itself. */
export const Drive = () => access({ kind: 'drive' });

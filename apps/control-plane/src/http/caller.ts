import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { KnownGrant, KnownProgram } from '@vitrine/delegation';
import type { Account, KnownSignIn, Patient } from '@vitrine/identity';
import { Problem } from '@vitrine/kernel';

/** Who asks, as the access guard found out. `cookieHash` is SHA-256 of the cookie or token that told it. */
export type Caller =
  | ({ readonly kind: 'account'; readonly cookieHash: string } & KnownSignIn)
  | ({ readonly kind: 'visitor'; readonly cookieHash: string } & KnownGrant)
  | ({ readonly kind: 'program'; readonly cookieHash: string } & KnownProgram);

export interface CallerRequest extends Request {
  caller?: Caller;
  /** Still true? Asked again while an answer is streamed, because a sign-in or a grant can end meanwhile. */
  stillAllowed?: () => Promise<boolean>;
}

const callerOf = (context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<CallerRequest>();
  if (!caller) throw new Error('The route uses the caller but lets in anybody.');
  return caller;
};

export const accountOf = (context: ExecutionContext): Account => {
  const caller = callerOf(context);
  if (caller.kind !== 'account') throw new Error('The route uses the account but is for visitors.');
  return caller.account;
};

/** The account that is signed in. */
export const CurrentAccount = createParamDecorator((_: unknown, context: ExecutionContext) =>
  accountOf(context),
);

/** The sign-in by which this request came: `{ account, patient, signIn }`. */
export const CurrentSignIn = createParamDecorator((_: unknown, context: ExecutionContext): KnownSignIn => {
  const caller = callerOf(context);
  if (caller.kind !== 'account') throw new Error('The route uses the sign-in but is for visitors.');
  return caller;
});

/** The patient who is signed in; `identity.not-allowed` for every other account. */
export const CurrentPatient = createParamDecorator((_: unknown, context: ExecutionContext): Patient => {
  const caller = callerOf(context);
  if (caller.kind !== 'account' || !caller.patient) throw new Problem('identity.not-allowed');
  return caller.patient;
});

/** The grant and the share link by which the visitor came: `{ grant, link }`. */
export const CurrentVisitor = createParamDecorator((_: unknown, context: ExecutionContext): KnownGrant => {
  const caller = callerOf(context);
  if (caller.kind !== 'visitor') throw new Error('The route uses the visitor but is for accounts.');
  return caller;
});

/** The program that came with an access token: `{ token, account, patient }`. */
export const CurrentProgram = createParamDecorator((_: unknown, context: ExecutionContext): KnownProgram => {
  const caller = callerOf(context);
  if (caller.kind !== 'program') throw new Error('The route uses the program but is for others.');
  return caller;
});

/** SHA-256 of the cookie that let this request in; a display ticket is bound to it. */
export const CookieSecret = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => callerOf(context).cookieHash,
);

/** Where the request came from, as the gateway saw it. */
export const Address = createParamDecorator(
  (_: unknown, context: ExecutionContext): string =>
    context.switchToHttp().getRequest<Request>().ip ?? 'unknown',
);

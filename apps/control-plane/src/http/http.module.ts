import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { DelegationModule } from '@vitrine/delegation';
import { IdentityModule } from '@vitrine/identity';
import { AccessGuard } from './access.guard.js';
import { AddressBuckets } from './address-buckets.js';
import { CsrfGuard } from './csrf.guard.js';
import { ProblemFilter } from './problem.filter.js';
import { SignInStrategy } from './sign-in.strategy.js';
import { validationPipe } from './validation.js';

/** What holds for every route: who may come in, from which site, what a body may be, how a failure is told. */
@Module({
  imports: [IdentityModule, DelegationModule, PassportModule],
  providers: [
    AddressBuckets,
    SignInStrategy,
    { provide: APP_GUARD, useClass: CsrfGuard },
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_PIPE, useFactory: validationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class HttpModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Account, IdentityModule, Patient } from '@vitrine/identity';
import { SETTINGS } from '@vitrine/kernel';
import { AccessToken } from './access-token.entity.js';
import { AccessTokens } from './access-tokens.service.js';
import { DepositCode } from './deposit-code.entity.js';
import { DepositCodes } from './deposit-codes.service.js';
import { Grant } from './grant.entity.js';
import { LinkMail } from './link-mail.js';
import { Mailer, mailerFrom } from './mailer.js';
import { ProgramActs } from './program-acts.js';
import { ShareLink } from './share-link.entity.js';
import { ShareLinks } from './share-links.service.js';
import { Visits } from './visits.service.js';

/** The application provides ITEM_OWNERSHIP and LIVE_CONNECTIONS globally: both are known only further up. */
@Module({
  imports: [
    IdentityModule,
    TypeOrmModule.forFeature([ShareLink, Grant, DepositCode, AccessToken, Account, Patient]),
  ],
  providers: [
    ShareLinks,
    Visits,
    DepositCodes,
    AccessTokens,
    ProgramActs,
    LinkMail,
    { provide: Mailer, useFactory: mailerFrom, inject: [SETTINGS] },
  ],
  exports: [ShareLinks, Visits, DepositCodes, AccessTokens, ProgramActs, LinkMail],
})
export class DelegationModule {}

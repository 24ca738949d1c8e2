import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdentityModule } from '@vitrine/identity';
import { SETTINGS } from '@vitrine/kernel';
import { DepositCode } from './deposit-code.entity.js';
import { DepositCodes } from './deposit-codes.service.js';
import { Grant } from './grant.entity.js';
import { LinkMail } from './link-mail.js';
import { Mailer, mailerFrom } from './mailer.js';
import { ShareLink } from './share-link.entity.js';
import { ShareLinks } from './share-links.service.js';
import { Visits } from './visits.service.js';

/** The application provides ITEM_OWNERSHIP and LIVE_CONNECTIONS globally: both are known only further up. */
@Module({
  imports: [IdentityModule, TypeOrmModule.forFeature([ShareLink, Grant, DepositCode])],
  providers: [
    ShareLinks,
    Visits,
    DepositCodes,
    LinkMail,
    { provide: Mailer, useFactory: mailerFrom, inject: [SETTINGS] },
  ],
  exports: [ShareLinks, Visits, DepositCodes, LinkMail],
})
export class DelegationModule {}

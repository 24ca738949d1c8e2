import { Module } from '@nestjs/common';
import { ExchangeModule } from '@vitrine/exchange';
import { IdentityModule } from '@vitrine/identity';
import { RecordsModule } from '@vitrine/records';
import { SessionsModule, TunnelModule } from '@vitrine/sessions';
import { AccountRemovalController } from './account-removal.controller.js';
import { AccountRemoval } from './account-removal.js';

@Module({
  imports: [IdentityModule, RecordsModule, ExchangeModule, SessionsModule, TunnelModule],
  controllers: [AccountRemovalController],
  providers: [AccountRemoval],
})
export class AccountRemovalModule {}

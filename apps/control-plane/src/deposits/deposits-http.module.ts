import { Module } from '@nestjs/common';
import { DelegationModule } from '@vitrine/delegation';
import { IdentityModule } from '@vitrine/identity';
import { DepositCodesController } from './deposit-codes.controller.js';
import { DepositsController } from './deposits.controller.js';

@Module({
  imports: [DelegationModule, IdentityModule],
  controllers: [DepositCodesController, DepositsController],
})
export class DepositsHttpModule {}

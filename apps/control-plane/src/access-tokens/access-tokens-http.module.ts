import { Module } from '@nestjs/common';
import { DelegationModule } from '@vitrine/delegation';
import { AccessTokensController } from './access-tokens.controller.js';

@Module({ imports: [DelegationModule], controllers: [AccessTokensController] })
export class AccessTokensHttpModule {}

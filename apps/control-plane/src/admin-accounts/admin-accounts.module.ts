import { Module } from '@nestjs/common';
import { IdentityModule } from '@vitrine/identity';
import { AdminAccountsController } from './admin-accounts.controller.js';

@Module({ imports: [IdentityModule], controllers: [AdminAccountsController] })
export class AdminAccountsModule {}

import { Module } from '@nestjs/common';
import { IdentityModule } from '@vitrine/identity';
import { MeController } from './me.controller.js';
import { SignInController } from './sign-in.controller.js';

@Module({ imports: [IdentityModule], controllers: [SignInController, MeController] })
export class IdentityHttpModule {}

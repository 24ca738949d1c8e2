import { Module } from '@nestjs/common';
import { IdentityModule } from '@vitrine/identity';
import { TunnelModule } from '@vitrine/sessions';
import { MeController } from './me.controller.js';
import { OwnDisplays } from './own-displays.js';
import { SignInController } from './sign-in.controller.js';

@Module({
  imports: [IdentityModule, TunnelModule],
  controllers: [SignInController, MeController],
  providers: [OwnDisplays],
})
export class IdentityHttpModule {}

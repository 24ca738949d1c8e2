import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Account } from './account.entity.js';
import { Accounts } from './accounts.service.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordStrategy } from './password.strategy.js';
import { Passwords } from './passwords.service.js';
import { Patient } from './patient.entity.js';
import { SignIn } from './sign-in.entity.js';
import { SignIns } from './sign-ins.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Account, Patient, SignIn])],
  providers: [Accounts, SignIns, Passwords, PasswordHasher, PasswordStrategy],
  exports: [Accounts, SignIns, Passwords, PasswordHasher],
})
export class IdentityModule {}

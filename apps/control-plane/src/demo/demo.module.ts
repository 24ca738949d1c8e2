import { Module } from '@nestjs/common';
import { ExchangeModule } from '@vitrine/exchange';
import { IdentityModule } from '@vitrine/identity';
import { Demo } from './demo.js';

@Module({ imports: [IdentityModule, ExchangeModule], providers: [Demo], exports: [Demo] })
export class DemoModule {}

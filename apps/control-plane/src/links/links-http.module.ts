import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DelegationModule } from '@vitrine/delegation';
import { RecordsModule } from '@vitrine/records';
import { Participation, Session } from '@vitrine/sessions';
import { ViewersModule } from '@vitrine/viewers';
import { LinkTargets } from './link-target.js';
import { LinkViews } from './link-views.js';
import { LinksController } from './links.controller.js';

@Module({
  imports: [
    DelegationModule,
    RecordsModule,
    ViewersModule,
    TypeOrmModule.forFeature([Participation, Session]),
  ],
  controllers: [LinksController],
  providers: [LinkTargets, LinkViews],
})
export class LinksHttpModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DelegationModule, Grant } from '@vitrine/delegation';
import { Patient } from '@vitrine/identity';
import { RecordItem } from '@vitrine/records';
import { VisitFacts } from './visit-facts.js';
import { VisitSessions } from './visit-sessions.js';
import { VisitsController } from './visits.controller.js';

/** What share links open. Needs `SessionsHttpModule`, which is global. */
@Module({
  imports: [DelegationModule, TypeOrmModule.forFeature([Grant, Patient, RecordItem])],
  controllers: [VisitsController],
  providers: [VisitFacts, VisitSessions],
})
export class VisitsHttpModule {}

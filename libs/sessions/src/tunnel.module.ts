import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DisplayReadiness } from './display-readiness.js';
import { EgressRecord } from './egress-record.js';
import { Participation } from './participation.entity.js';
import { ParticipationService } from './participation.service.js';
import { Session } from './session.entity.js';
import { Ticket } from './ticket.entity.js';
import { TicketService } from './ticket.service.js';
import { LiveConnections } from './tunnel-live-connections.js';

/** Tickets, joins and leaves: what the control plane and the gateway share. */
@Module({
  imports: [TypeOrmModule.forFeature([Session, Ticket, Participation])],
  providers: [DisplayReadiness, EgressRecord, TicketService, ParticipationService, LiveConnections],
  exports: [DisplayReadiness, EgressRecord, TicketService, ParticipationService, LiveConnections],
})
export class TunnelModule {}

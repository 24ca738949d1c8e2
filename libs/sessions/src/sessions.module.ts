import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Grant, ShareLink } from '@vitrine/delegation';
import { RecordFile, RecordItem } from '@vitrine/records';
import { VaultModule, VaultService } from '@vitrine/vault';
import { ViewersModule } from '@vitrine/viewers';
import { EgressRevocation } from './egress-revocation.js';
import { GatewayChanges } from './gateway-changes.js';
import { HostCapacity } from './host-capacity.js';
import { LaunchRegistry } from './launch-registry.js';
import { Launcher } from './launcher.js';
import { LearnedMemory } from './memory/learned-memory.js';
import { MeasuredHost } from './memory/measured-host.js';
import { Participation } from './participation.entity.js';
import { Processors } from './processors.js';
import { Readings } from './readings.js';
import { Reconciler } from './reconciler.js';
import { ObjectLender, RecordSource } from './record-source.js';
import { ReservationStore } from './reservations/reservation-store.js';
import { Reservation } from './reservations/reservation.entity.js';
import { ReservationsService } from './reservations/reservations.service.js';
import { SessionCheck } from './session-check.js';
import { SessionEnding } from './session-ending.js';
import { SessionEvents } from './session-events.js';
import { SessionPlanner } from './session-planner.js';
import { SessionResults } from './session-results.js';
import { SessionStore } from './session-store.js';
import { SessionViews } from './session-views.js';
import { Session } from './session.entity.js';
import { SessionService } from './session.service.js';
import { Settling } from './settling.js';
import { StatusWatcher } from './status-watcher.js';
import { Freezes } from './studio/freezes.js';
import { StudioService } from './studio/studio.service.js';
import { TunnelModule } from './tunnel.module.js';
import { VisitorRights } from './visitor-rights.js';
import { WarmGuests } from './warm/warm-guests.js';
import { WarmPool } from './warm/warm-pool.js';
import { WarmWishes } from './warm/warm-wishes.js';

/** For the process that owns the engine; the gateway needs only `TunnelModule`. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Session, Participation, Reservation, RecordItem, RecordFile, Grant, ShareLink]),
    TunnelModule,
    VaultModule,
    ViewersModule,
  ],
  providers: [
    EgressRevocation,
    Freezes,
    GatewayChanges,
    HostCapacity,
    LaunchRegistry,
    Launcher,
    LearnedMemory,
    MeasuredHost,
    Processors,
    Readings,
    Reconciler,
    RecordSource,
    ReservationStore,
    ReservationsService,
    { provide: ObjectLender, useExisting: VaultService },
    SessionCheck,
    SessionEnding,
    SessionEvents,
    SessionPlanner,
    SessionResults,
    SessionService,
    SessionStore,
    SessionViews,
    Settling,
    StatusWatcher,
    StudioService,
    VisitorRights,
    WarmGuests,
    WarmPool,
    WarmWishes,
  ],
  exports: [
    EgressRevocation,
    Reconciler,
    ReservationsService,
    SessionService,
    SessionViews,
    StudioService,
    TunnelModule,
    WarmPool,
  ],
})
export class SessionsModule {}

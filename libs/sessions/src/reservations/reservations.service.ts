import { Inject, Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { AuditService, type AuditAgent, type AuditEntityRef } from '@vitrine/audit';
import { Clock, newId, Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { HostCapacity, sessionMiB } from '../host-capacity.js';
import { Launcher } from '../launcher.js';
import { SessionPlanner } from '../session-planner.js';
import { checkRoom, endOf, type ReservationTime } from './reservation-rules.js';
import { ReservationStore } from './reservation-store.js';
import { Reservation } from './reservation.entity.js';

export interface ReservationRequest extends ReservationTime {
  readonly patientId: string;
  readonly by: AuditAgent;
  readonly itemIds: readonly string[];
  /** The best fitting one if absent. */
  readonly viewerId?: string;
}

/** Places that patients keep for a viewer at a later time. */
@Injectable()
export class ReservationsService {
  constructor(
    private readonly store: ReservationStore,
    private readonly planner: SessionPlanner,
    private readonly launcher: Launcher,
    private readonly capacity: HostCapacity,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Throws what `endOf` and `checkRoom` throw. Nobody is let in to a viewer meanwhile, so no memory is promised twice. */
  async make(request: ReservationRequest): Promise<Reservation> {
    const { patientId, beginsAt, viewerId = null } = request;
    const endsAt = endOf(request, this.clock.instant(), this.settings.sessions.maximumMs);
    const chosen = await this.planner.choose({ ...request, looker: 'patient' });
    const memoryMiB = sessionMiB(chosen.plan);
    return this.launcher.quietly(async (occupancy) => {
      const now = this.clock.instant();
      const place = { personId: patientId, memoryMiB, beginsAt, endsAt };
      checkRoom(place, now, occupancy, this.capacity.availableMiB());
      const reservation = Object.assign(new Reservation(), {
        id: newId(),
        patientId,
        itemIds: chosen.record.items.map(({ id }) => id),
        title: chosen.title,
        viewerId,
        memoryMiB,
        createdAt: now,
        beginsAt,
        endsAt,
        cancelledAt: null,
      });
      await this.transactor.run(async (manager) => {
        await manager.delete(Reservation, { endsAt: LessThan(now) });
        await manager.insert(Reservation, reservation);
        await this.audit.record(manager, {
          action: 'reservation.made',
          agent: request.by,
          patientId,
          entities: [reservationEntity(reservation)],
          details: { beginsAt, endsAt, memoryMiB },
        });
      });
      return reservation;
    });
  }

  /** Those of this patient that are kept; the next one first. */
  ofPatient(patientId: string): Promise<Reservation[]> {
    return this.store.kept(patientId);
  }

  /** Gives the place up, also one that has a viewer, which goes on. Another's is not there; twice changes nothing. */
  async cancel(patientId: string, reservationId: string, by: AuditAgent): Promise<void> {
    await this.transactor.run(async (manager) => {
      const found = await manager.findOneBy(Reservation, { id: reservationId, patientId });
      if (!found) throw new Problem('delegation.not-visible');
      if (found.cancelledAt !== null) return;
      await manager.update(Reservation, reservationId, { cancelledAt: this.clock.instant() });
      await this.audit.record(manager, {
        action: 'reservation.cancelled',
        agent: by,
        patientId,
        entities: [reservationEntity(found)],
        details: { beginsAt: found.beginsAt },
      });
    });
  }
}

const reservationEntity = ({ id, title }: Reservation): AuditEntityRef => ({
  kind: 'reservation',
  id,
  label: title,
});

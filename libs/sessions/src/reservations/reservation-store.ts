import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, MoreThan, Repository } from 'typeorm';
import { Clock } from '@vitrine/kernel';
import { Session } from '../session.entity.js';
import { isKept } from './reservation-rules.js';
import { Reservation } from './reservation.entity.js';

/** Reads which places are kept. Nothing has to be done for one to lapse: it follows from the rows and the time. */
@Injectable()
export class ReservationStore {
  constructor(
    @InjectRepository(Reservation) private readonly reservations: Repository<Reservation>,
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly clock: Clock,
  ) {}

  /** Those that are kept now, for now or for later; the next one first. */
  async kept(patientId?: string): Promise<Reservation[]> {
    const now = this.clock.instant();
    const possible = await this.reservations.find({
      where: {
        cancelledAt: IsNull(),
        endsAt: MoreThan(now),
        ...(patientId === undefined ? {} : { patientId }),
      },
      order: { beginsAt: 'ASC', id: 'ASC' },
    });
    if (possible.length === 0) return [];
    const sessions = await this.sessions.find({
      select: { id: true, patientId: true, state: true, createdAt: true, endedAt: true, reservationId: true },
      where: [
        { reservationId: In(possible.map(({ id }) => id)) },
        { patientId: In(possible.map((one) => one.patientId)), state: 'requested' },
      ],
    });
    return possible.filter((one) => isKept(one, sessions, now));
  }
}

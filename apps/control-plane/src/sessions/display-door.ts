import { Inject, Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Grant, type Control } from '@vitrine/delegation';
import { Clock, Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import {
  LiveConnections,
  TicketService,
  type Participation,
  type ParticipantRef,
  type Session,
} from '@vitrine/sessions';
import type { TicketDto } from './session.dto.js';

/** Lets people in to a display and sends them out. The caller has checked that they may. */
@Injectable()
export class DisplayDoor {
  constructor(
    private readonly tickets: TicketService,
    private readonly connections: LiveConnections,
    private readonly transactor: Transactor,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async ticket(
    session: Pick<Session, 'id' | 'state'>,
    participant: ParticipantRef,
    control: Control,
    cookieHash: string,
  ): Promise<TicketDto> {
    if (['stopping', 'ended', 'failed'].includes(session.state)) throw new Problem('sessions.ended');
    const origin = new URL(this.settings.publicUrl).origin;
    const ticket = await this.transactor.run((manager) =>
      this.tickets.issue(manager, { sessionId: session.id, participant, control, cookieHash, origin }),
    );
    return { ticket, path: '/display' };
  }

  /**
   * Closes the display of this person. A visitor's grant is ended first, so that they cannot join again; an account
   * is the patient's own, and only that one window is closed.
   */
  async sendOut({ id, participant }: Participation): Promise<void> {
    if (participant.kind === 'account') {
      await this.connections.cut({ participationIds: [id], reason: 'sessions.ended' });
      return;
    }
    await this.transactor.run((manager) =>
      manager.update(Grant, { id: participant.id, revokedAt: IsNull() }, { revokedAt: this.clock.instant() }),
    );
    await this.connections.cut({ participantIds: [participant.id] });
  }
}

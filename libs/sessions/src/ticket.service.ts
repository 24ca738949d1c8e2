import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, MoreThan, Repository, type EntityManager } from 'typeorm';
import { AuditService } from '@vitrine/audit';
import { Grant, ShareLink, type Control } from '@vitrine/delegation';
import { SignIn } from '@vitrine/identity';
import { Clock, hashSecret, newId, newSecret, Problem, sameHash, type Instant } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { closeEgress, egressOf } from './egress.js';
import { Participation } from './participation.entity.js';
import { isOver } from './session-machine.js';
import { recordOf, Session } from './session.entity.js';
import { Ticket, type ParticipantRef } from './ticket.entity.js';

/** Long enough for a slow page to load, short enough that one read from a log is worth nothing. */
export const TICKET_LIFE_MS = 30_000;

export interface TicketRequest {
  readonly sessionId: string;
  readonly participant: ParticipantRef;
  readonly control: Control;
  /** `hashSecret` of the sign-in's or the grant's cookie, which is also what those rows hold. */
  readonly cookieHash: string;
  /** The Origin header's value that the browser will send. */
  readonly origin: string;
}

/** What the browser showed when it asked for the display. */
export interface TicketPresentation {
  readonly secret: string;
  /** Hashes of the cookies that it sent. */
  readonly cookieHashes: readonly string[];
  readonly origin: string;
}

/** A join that is on record. The tunnel has to be over at `closesAt` whatever happens. */
export interface Join {
  readonly participationId: string;
  readonly sessionId: string;
  readonly participant: ParticipantRef;
  readonly control: Control;
  readonly closesAt: Instant;
  /** From now on the session may speak with nobody outside: whoever asked for it no longer looks alone. */
  readonly endsEgress: boolean;
}

/** Hands out tickets for a display and redeems them, once each. */
@Injectable()
export class TicketService {
  constructor(
    @InjectRepository(Ticket) private readonly tickets: Repository<Ticket>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** Makes a ticket within the caller's transaction; the caller has checked that the participant may join. */
  async issue(manager: EntityManager, request: TicketRequest): Promise<string> {
    const secret = newSecret();
    await manager.delete(Ticket, { expiresAt: LessThan(this.clock.instant()) });
    await manager.insert(Ticket, {
      secretHash: hashSecret(secret),
      sessionId: request.sessionId,
      participant: { ...request.participant },
      control: request.control,
      cookieHash: request.cookieHash,
      origin: request.origin,
      expiresAt: this.clock.inMs(TICKET_LIFE_MS),
      redeemedAt: null,
    });
    return secret;
  }

  /**
   * Whom a ticket is for, without redeeming it. What it says of session and participant never changes, so a tunnel
   * can be registered under both before `redeem`, and a revocation in between finds it.
   */
  async peek(secret: string): Promise<Pick<Ticket, 'sessionId' | 'participant' | 'control'>> {
    const ticket = await this.tickets.findOneBy({ secretHash: hashSecret(secret) });
    if (ticket === null) throw new Problem('sessions.ticket-refused');
    return ticket;
  }

  /**
   * Checks everything and records the join, in one transaction: a revocation is either before it, and the join is
   * refused, or after it, and finds the join on record.
   */
  redeem(presentation: TicketPresentation): Promise<Join> {
    return this.transactor.run(async (manager) => {
      const ticket = await this.use(manager, presentation);
      const session = await manager.findOneBy(Session, { id: ticket.sessionId });
      if (session === null || isOver(session.state) || session.state === 'stopping')
        throw new Problem('sessions.ended');
      if (session.state !== 'ready') throw new Problem('sessions.not-ready');
      const now = this.clock.instant();
      if (session.expiresAt <= now) throw new Problem('sessions.time-up');
      const until = await this.stillAllowed(manager, ticket, now);
      const join: Join = {
        participationId: newId(),
        sessionId: session.id,
        participant: ticket.participant,
        control: ticket.control,
        closesAt: until < session.expiresAt ? until : session.expiresAt,
        endsEgress: egressOf(session).length > 0 && ticket.participant.id !== session.startedBy.id,
      };
      await this.record(manager, join, session, now);
      if (join.endsEgress) await closeEgress(manager, this.audit, session, 'somebody-joined', now);
      return join;
    });
  }

  private async use(manager: EntityManager, presented: TicketPresentation): Promise<Ticket> {
    const secretHash = hashSecret(presented.secret);
    const now = this.clock.instant();
    // A failure below rolls this back: a stranger with a stolen ticket cannot use it up for its owner.
    const { affected } = await manager.update(
      Ticket,
      { secretHash, redeemedAt: IsNull(), expiresAt: MoreThan(now) },
      { redeemedAt: now },
    );
    if (affected !== 1) throw new Problem('sessions.ticket-refused', { logContext: { reason: 'spent' } });
    const ticket = await manager.findOneByOrFail(Ticket, { secretHash });
    if (!presented.cookieHashes.some((hash) => sameHash(hash, ticket.cookieHash)))
      throw new Problem('sessions.ticket-refused', { logContext: { reason: 'cookie' } });
    if (presented.origin !== ticket.origin)
      throw new Problem('sessions.ticket-refused', { logContext: { reason: 'origin' } });
    return ticket;
  }

  /** Until when the participant may look; throws when no longer. */
  private async stillAllowed(manager: EntityManager, ticket: Ticket, now: Instant): Promise<Instant> {
    const { participant, cookieHash } = ticket;
    if (participant.kind === 'account') {
      const signIn = await manager.findOneBy(SignIn, { secretHash: cookieHash, accountId: participant.id });
      if (signIn === null || signIn.expiresAt <= now) throw new Problem('identity.not-signed-in');
      return signIn.expiresAt;
    }
    const grant = await manager.findOneBy(Grant, { id: participant.id, secretHash: cookieHash });
    if (grant === null) throw new Problem('sessions.ticket-refused', { logContext: { reason: 'grant' } });
    const link = await manager.findOneBy(ShareLink, { id: grant.linkId });
    if (grant.revokedAt !== null || link === null || link.revokedAt !== null)
      throw new Problem('delegation.link-revoked');
    if (grant.expiresAt <= now) throw new Problem('delegation.link-expired');
    return grant.expiresAt;
  }

  private async record(manager: EntityManager, join: Join, session: Session, now: Instant): Promise<void> {
    const { participant } = join;
    await manager.insert(Participation, {
      id: join.participationId,
      sessionId: join.sessionId,
      participantId: participant.id,
      participant: { ...participant },
      control: join.control,
      joinedAt: now,
      leftAt: null,
    });
    await manager.update(Session, { id: session.id, lastInputAt: LessThan(now) }, { lastInputAt: now });
    await this.audit.record(manager, {
      action: 'session.joined',
      agent: { kind: participant.kind, id: participant.id, name: participant.name },
      patientId: recordOf(session),
      entities: [
        { kind: 'session', id: session.id, label: session.title },
        ...(participant.linkId === undefined ? [] : [{ kind: 'link' as const, id: participant.linkId }]),
      ],
      details: { control: join.control, participationId: join.participationId },
    });
  }
}

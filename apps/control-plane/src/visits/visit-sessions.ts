import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import {
  decideAccess,
  Grant,
  requireAccess,
  Visits,
  watermarkOf,
  type KnownGrant,
} from '@vitrine/delegation';
import { Transactor } from '@vitrine/persistence';
import { isOver, SessionService, type Beholder, type Session } from '@vitrine/sessions';

/** The viewer that belongs to a visit: the one that the link was made from, or one over the link's items. */
@Injectable()
export class VisitSessions {
  /** One start at a time per link: two visitors who open it at once get one viewer. */
  private readonly opening = new Map<string, Promise<Session>>();

  constructor(
    @InjectRepository(Grant) private readonly grants: Repository<Grant>,
    private readonly sessions: SessionService,
    private readonly visits: Visits,
    private readonly transactor: Transactor,
  ) {}

  /** The viewer that this visitor may look at and that runs; null when there is none. */
  async current({ grant, link }: KnownGrant): Promise<Session | null> {
    for (const id of [grant.sessionId, link.sessionId]) {
      const session = id === null ? null : await this.sessions.find(id);
      if (session && isRunning(session) && mayJoin({ grant, link }, session)) return session;
    }
    return null;
  }

  /** `current`, or a viewer that another visitor of the link has started, or a new one. */
  async open(visit: KnownGrant): Promise<Session> {
    const running = await this.current(visit);
    if (running) return running;
    const { link } = visit;
    const underWay = this.opening.get(link.id);
    if (underWay) return this.lookAt(visit, await underWay);
    // Whoever comes after it finds the viewer by what is noted of this visitor, so it is over only then.
    const opening = this.findOrStart(visit)
      .then((session) => this.lookAt(visit, session))
      .finally(() => this.opening.delete(link.id));
    this.opening.set(link.id, opening);
    return opening;
  }

  private async lookAt({ grant }: KnownGrant, session: Session): Promise<Session> {
    await this.transactor.run((manager) => this.visits.lookAt(manager, grant.id, session.id));
    return session;
  }

  private async findOrStart({ grant, link }: KnownGrant): Promise<Session> {
    const others = await this.grants.findBy({ linkId: link.id, sessionId: Not(IsNull()) });
    for (const id of new Set(others.map((other) => other.sessionId))) {
      const session = id === null ? null : await this.sessions.find(id);
      if (session && isRunning(session)) return session;
    }
    requireAccess(
      { kind: 'visitor', grant, link },
      { act: 'start-session', patientId: link.patientId, itemIds: link.itemIds },
    );
    return this.sessions.request({
      patientId: link.patientId,
      startedBy: { kind: 'visitor', id: grant.id, name: grant.visitorName },
      itemIds: link.itemIds,
      viewerId: link.viewerId,
      notAfter: link.expiresAt,
      readOnly: link.control === 'view',
    });
  }
}

const isRunning = (session: Session): boolean => !isOver(session.state) && session.state !== 'stopping';

const mayJoin = (visit: KnownGrant, session: Session): boolean =>
  decideAccess({ kind: 'visitor', ...visit }, { act: 'join-session', session }) !== null;

/** With a visitor's eyes. */
export function visitorEyes({ grant, link }: KnownGrant): Beholder {
  const watermark = watermarkOf({ grant, link });
  return {
    participantId: grant.id,
    control: link.control,
    mine: false,
    ...(watermark === undefined ? {} : { watermark }),
  };
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Not, Repository, type EntityManager } from 'typeorm';
import { Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { Participation } from './participation.entity.js';
import { SessionEvents } from './session-events.js';
import { LIVE_STATES, mayBecome, type SessionState } from './session-machine.js';
import { Session, type ViewerStatus } from './session.entity.js';
import { Ticket } from './ticket.entity.js';

export type Change = Partial<Omit<Session, 'id' | 'revision' | 'state'>>;

/** Reads sessions, and changes their state in the one way that two writers cannot both succeed with. */
@Injectable()
export class SessionStore {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly transactor: Transactor,
    private readonly events: SessionEvents,
  ) {}

  find(id: string): Promise<Session | null> {
    return this.sessions.findOneBy({ id });
  }

  async get(id: string): Promise<Session> {
    const session = await this.find(id);
    if (!session) throw new Problem('delegation.not-visible');
    return session;
  }

  live(): Promise<Session[]> {
    return this.sessions.find({ where: { state: In([...LIVE_STATES]) }, order: { createdAt: 'ASC' } });
  }

  liveOfPatient(patientId: string): Promise<Session[]> {
    return this.sessions.find({
      where: { patientId, state: In([...LIVE_STATES]) },
      order: { createdAt: 'DESC' },
    });
  }

  /** Adds the row and whatever `alongside` writes, or neither. */
  async add(session: Session, alongside: (manager: EntityManager) => Promise<void>): Promise<void> {
    await this.transactor.run(async (manager) => {
      await alongside(manager);
      await manager.insert(Session, session);
    });
    this.events.emit(session.id);
  }

  /**
   * Takes `session`, as it was read, to the next state. Undefined when somebody else changed it meanwhile: then the
   * caller's picture is out of date, and it has to read again or give up.
   */
  async advance(
    session: Session,
    to: SessionState,
    change: Change = {},
    alongside?: (manager: EntityManager) => Promise<void>,
  ): Promise<Session | undefined> {
    if (!mayBecome(session.state, to)) throw new Error(`A session cannot go from ${session.state} to ${to}.`);
    const next: Session = Object.assign(new Session(), session, change, {
      state: to,
      revision: session.revision + 1,
    });
    const won = await this.transactor.run(async (manager) => {
      const { id, revision } = session;
      const result = await manager.update(
        Session,
        { id, revision },
        { ...change, state: to, revision: revision + 1 },
      );
      if (result.affected !== 1) return false;
      await alongside?.(manager);
      return true;
    });
    if (!won) return undefined;
    this.events.emit(session.id);
    return next;
  }

  /** Writes down what the viewer says of itself; changes no state and loses against none. */
  async noteViewerStatus(id: string, viewerStatus: ViewerStatus): Promise<void> {
    await this.transactor.run((manager) =>
      manager.update(Session, { id, state: In([...LIVE_STATES]) }, { viewerStatus }),
    );
    this.events.emit(id);
  }

  /** Writes down whether something lies in its folder for results; changes no state and loses against none. */
  async noteResults(id: string, holdsResults: boolean): Promise<void> {
    await this.transactor.run((manager) => manager.update(Session, { id }, { holdsResults }));
  }

  /** Forgets the sessions of a patient that are over, and who took part in them. */
  async forgetOver(patientId: string): Promise<void> {
    await this.transactor.run(async (manager) => {
      const sessions = await manager.find(Session, {
        select: { id: true },
        where: { patientId, state: Not(In([...LIVE_STATES])) },
      });
      const ids = sessions.map(({ id }) => id);
      await manager.delete(Participation, { sessionId: In(ids) });
      await manager.delete(Ticket, { sessionId: In(ids) });
      await manager.delete(Session, { id: In(ids) });
    });
  }

  /** Says of all live sessions, or of one, whether anybody has seen their guests since this process started. */
  async setUnverified(unverified: boolean, id?: string): Promise<void> {
    await this.transactor.run((manager) =>
      manager.update(
        Session,
        { state: In([...LIVE_STATES]), unverified: !unverified, ...(id === undefined ? {} : { id }) },
        { unverified },
      ),
    );
    if (id !== undefined) this.events.emit(id);
  }
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { debounceTime, distinctUntilChanged, from, interval, merge, Observable, switchMap } from 'rxjs';
import { In, IsNull, Repository } from 'typeorm';
import { Problem } from '@vitrine/kernel';
import { ViewerCatalogue } from '@vitrine/viewers';
import { egressOf, isEgressOpen } from './egress.js';
import { GatewayChanges } from './gateway-changes.js';
import { LaunchRegistry } from './launch-registry.js';
import { Participation } from './participation.entity.js';
import { RecordSource } from './record-source.js';
import { SessionCheck } from './session-check.js';
import { SessionEvents } from './session-events.js';
import { isOver } from './session-machine.js';
import { SessionStore } from './session-store.js';
import type { Beholder, ParticipantView, SessionView } from './session-view.js';
import { initialsOf, messageOf, stepOf } from './session-words.js';
import { isBuild, isolationOf, type Session } from './session.entity.js';

/** What belongs to the record and the catalogue may change as well, which nobody tells here. */
const SELDOM_MS = 10_000;
/** Several steps within one frame are one change to a person. */
const GATHER_MS = 15;

/** Puts together what people see of sessions, and says when it changes. */
@Injectable()
export class SessionViews {
  constructor(
    @InjectRepository(Participation) private readonly participations: Repository<Participation>,
    private readonly store: SessionStore,
    private readonly catalogue: ViewerCatalogue,
    private readonly records: RecordSource,
    private readonly registry: LaunchRegistry,
    private readonly check: SessionCheck,
    private readonly events: SessionEvents,
    private readonly gateway: GatewayChanges,
  ) {}

  async of(session: Session, beholder: Beholder): Promise<SessionView> {
    const [participants, viewerTitle, kept] = await Promise.all([
      this.participantsOf(session.id),
      this.catalogue.titleOf(session.viewerId),
      beholder.mine && this.records.areKept(session.patientId, session.itemIds),
    ]);
    const launch = this.registry.get(session.id)?.progress;
    const step = stepOf(session, launch);
    return {
      id: session.id,
      state: session.state,
      step,
      message: messageOf(session, step, launch),
      ...(step === 'waiting' && launch?.standing ? { standing: launch.standing } : {}),
      title: session.title,
      viewer: { id: session.viewerId, title: viewerTitle, isolation: isolationOf(session.plan) },
      itemIds: session.itemIds,
      ...(beholder.mine && egressOf(session).length > 0
        ? { egress: { to: egressOf(session), open: isEgressOpen(session) && !isOver(session.state) } }
        : {}),
      control: beholder.control,
      ...(beholder.watermark === undefined ? {} : { watermark: beholder.watermark }),
      expiresAt: session.expiresAt,
      idleEndsAt: this.check.idleEndsAt(session),
      ...(session.endReason === null ? {} : { endReason: session.endReason }),
      participants: participants.map((one) => participantView(one, beholder)),
      mine: beholder.mine,
      shareable: kept && !isBuild(session),
      build: isBuild(session),
      saves: beholder.mine && session.plan.results === true,
    };
  }

  /** Emits the view now and whenever it becomes another one; completes after the view of a session that is over. */
  watch(sessionId: string, beholder: Beholder): Observable<SessionView> {
    const looks = merge(
      from([undefined]),
      this.events.of(sessionId).pipe(debounceTime(GATHER_MS)),
      this.gateway.of(sessionId),
      interval(SELDOM_MS),
    );
    const views = looks.pipe(
      switchMap(async () => this.of(await this.store.get(sessionId), beholder)),
      distinctUntilChanged((a, b) => fingerprint(a) === fingerprint(b)),
    );
    return endWhenOver(views);
  }

  /** Who looks at this moment, first comer first. */
  participantsOf(sessionId: string): Promise<Participation[]> {
    return this.participations.find({ where: { sessionId, leftAt: IsNull() }, order: { joinedAt: 'ASC' } });
  }

  /** An open display of this session; another's is not there. */
  async participation(sessionId: string, participationId: string): Promise<Participation> {
    const found = await this.participations.findOneBy({ id: participationId, sessionId });
    if (!found) throw new Problem('delegation.not-visible');
    return found;
  }

  /** How many look at each of these sessions. */
  async watching(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const open = await this.participations.findBy({ sessionId: In([...sessionIds]), leftAt: IsNull() });
    const counts = new Map<string, number>();
    for (const { sessionId } of open) counts.set(sessionId, (counts.get(sessionId) ?? 0) + 1);
    return counts;
  }
}

/** Every touch moves the idle limit; that is told when it has moved by a quarter of a minute. */
const fingerprint = (view: SessionView): string =>
  JSON.stringify({ ...view, idleEndsAt: Math.floor(Date.parse(view.idleEndsAt) / 15_000) });

const endWhenOver = (views: Observable<SessionView>): Observable<SessionView> =>
  new Observable((subscriber) =>
    views.subscribe({
      next: (view) => {
        subscriber.next(view);
        if (isOver(view.state)) subscriber.complete();
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    }),
  );

const participantView = (one: Participation, beholder: Beholder): ParticipantView => ({
  id: one.id,
  name: one.participant.name,
  initials: initialsOf(one.participant.name),
  kind: one.participant.kind,
  control: one.control,
  since: one.joinedAt,
  you: one.participantId === beholder.participantId,
});

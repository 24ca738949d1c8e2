import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  defer,
  distinctUntilChanged,
  exhaustMap,
  finalize,
  interval,
  map,
  share,
  type Observable,
} from 'rxjs';
import { In, IsNull, Repository } from 'typeorm';
import { Participation } from './participation.entity.js';
import { Session } from './session.entity.js';

const LOOK_MS = 1_000;

/**
 * Sees what the gateway, which is another process, wrote of sessions that somebody follows: who came and left, that
 * somebody steered, that the way out was closed. One look serves all pages; each of a hundred that looked for itself kept
 * this process busy with nothing.
 */
@Injectable()
export class GatewayChanges {
  /** How many follow each session. */
  private readonly followed = new Map<string, number>();
  private readonly looks = interval(LOOK_MS).pipe(
    exhaustMap(() => this.look([...this.followed.keys()])),
    share(),
  );

  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    @InjectRepository(Participation) private readonly participations: Repository<Participation>,
  ) {}

  /** Emits after the first look and when something was written. Fails when the database cannot be read. */
  of(sessionId: string): Observable<void> {
    return defer(() => {
      this.followed.set(sessionId, (this.followed.get(sessionId) ?? 0) + 1);
      return this.looks;
    }).pipe(
      map((written) => written.get(sessionId)),
      distinctUntilChanged(),
      map(() => undefined),
      finalize(() => this.leave(sessionId)),
    );
  }

  private leave(sessionId: string): void {
    const left = (this.followed.get(sessionId) ?? 0) - 1;
    if (left > 0) this.followed.set(sessionId, left);
    else this.followed.delete(sessionId);
  }

  /** By session, a word that changes with what was written. */
  private async look(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const [sessions, open] = await Promise.all([
      this.sessions.find({
        select: { id: true, lastInputAt: true, egressClosedAt: true },
        where: { id: In([...ids]) },
      }),
      this.participations.find({
        select: { id: true, sessionId: true },
        where: { sessionId: In([...ids]), leftAt: IsNull() },
        order: { id: 'ASC' },
      }),
    ]);
    const written = new Map(
      sessions.map(({ id, lastInputAt, egressClosedAt }) => [id, `${lastInputAt} ${egressClosedAt}`]),
    );
    for (const { id, sessionId } of open) written.set(sessionId, `${written.get(sessionId)} ${id}`);
    return written;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { Clock, LOGGER, Problem, withDeadline, type Logger } from '@vitrine/kernel';
import { SessionHost } from '@vitrine/session-host';
import { isolationOf, Session } from '../session.entity.js';
import { learnedMiB, type Peak } from './measured-rule.js';

const ASK_MS = 1_000;
/** Whoever looked for a moment only did not see what a viewer needs. */
const LONG_ENOUGH_MS = 60_000;
const NEWEST = 200;
const KNOWN_FOR_MS = 30_000;

/** What the sessions of each viewer really had at most: kept in their rows, by the digest of the image. */
@Injectable()
export class LearnedMemory {
  private readonly known = new Map<string, { readonly at: number; readonly peaks: Promise<Peak[]> }>();

  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly host: SessionHost,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * What the guests of a session that is ending had at most, in MiB; null where it tells nothing about others. To be
   * asked while they are there. Never throws.
   */
  async peakOf({ id, readyAt, viewerStatus }: Session): Promise<number | null> {
    const now = this.clock.now().getTime();
    if (readyAt === null || viewerStatus !== 'showing' || now - Date.parse(readyAt) < LONG_ENOUGH_MS)
      return null;
    try {
      const { sessions } = await withDeadline(ASK_MS, 'hypervisor.unreachable', (signal) =>
        this.host.memory([id], { signal }),
      );
      return sessions.find(({ sessionId }) => sessionId === id)?.peakMiB ?? null;
    } catch (error) {
      this.logger.debug({ sessionId: id, code: Problem.from(error).code }, 'a session was not measured');
      return null;
    }
  }

  /** What the guests of a session like this one need, in MiB; undefined as long as too little is known. */
  async of(session: Pick<Session, 'imageDigest' | 'plan'>): Promise<number | undefined> {
    return learnedMiB(await this.peaksOf(session), session.plan.bytes);
  }

  /** Those within the same walls: another kernel in between takes memory of its own. */
  private peaksOf({ imageDigest, plan }: Pick<Session, 'imageDigest' | 'plan'>): Promise<Peak[]> {
    const isolation = isolationOf(plan);
    const key = `${imageDigest} ${isolation}`;
    const known = this.known.get(key);
    if (known && performance.now() - known.at < KNOWN_FOR_MS) return known.peaks;
    const peaks = this.read(imageDigest, isolation);
    this.known.set(key, { at: performance.now(), peaks });
    peaks.catch(() => this.known.delete(key));
    return peaks;
  }

  private async read(imageDigest: string, isolation: string): Promise<Peak[]> {
    const over = await this.sessions.find({
      select: { id: true, plan: true, peakMiB: true },
      where: { imageDigest, peakMiB: Not(IsNull()) },
      order: { endedAt: 'DESC' },
      take: NEWEST,
    });
    return over.flatMap(({ plan, peakMiB }) =>
      peakMiB !== null && isolationOf(plan) === isolation ? [{ peakMiB, bytes: plan.bytes }] : [],
    );
  }
}

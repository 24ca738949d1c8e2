import { join } from 'node:path';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock, delay, LOGGER, Problem, SETTINGS, type Logger, type Settings } from '@vitrine/kernel';
import { CONTRACT, PermitSigner, readControlKey, readEgressTarget } from '@vitrine/session-host';
import { EgressRecord, type Session } from '@vitrine/sessions';
import { Dialler } from './dialler.js';
import { EgressDoor } from './egress-door.js';

/** A row is written by another process. Nobody waits for this: a guest tries again. */
const LOOK_MS = 1_000;
const RECORD_AGAIN_MS = 2_000;
const RECORD_ATTEMPTS = 3;

interface Opened {
  readonly session: Session;
  readonly door: EgressDoor;
}

/**
 * The ways out of all sessions that may speak with somebody. Opens one when a session is ready, shuts it when the row
 * says so or somebody asks for it, whichever comes first, and keeps the record of what passed.
 */
@Injectable()
export class EgressDoors implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly doors = new Map<string, Opened>();
  /** Shut for good. The row says the same, but may have been read before it did. */
  private readonly over = new Set<string>();
  private readonly recording = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(
    private readonly record: EgressRecord,
    private readonly dialler: Dialler,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.keep();
  }

  /** Sessions outlive this process, and their guests find the way again when it is back. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    for (const id of [...this.doors.keys()]) this.close(id);
    await Promise.all(this.recording);
  }

  /** Ends all connections of the session to others before it returns, and lets it make none any more. */
  shut(sessionId: string): void {
    this.over.add(sessionId);
    this.close(sessionId);
  }

  private async keep(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      // The tables may not be there yet, or a database is away; what is open stays so until the row can be read.
      await this.look().catch((err: unknown) => this.logger.debug({ err }, 'ways out not looked at'));
      await delay(LOOK_MS, signal).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const open = await this.record.open();
    const ids = new Set(open.map(({ id }) => id));
    for (const id of this.doors.keys()) if (!ids.has(id)) this.close(id);
    for (const id of this.over) if (!ids.has(id)) this.over.delete(id);
    for (const session of open)
      if (!this.doors.has(session.id) && !this.over.has(session.id)) await this.open(session);
  }

  private async open(session: Session): Promise<void> {
    const { id } = session;
    try {
      const door = await EgressDoor.open({
        path: join(this.settings.runDir, 'sessions', id, CONTRACT.egressFolder, CONTRACT.egressSocket),
        targets: this.permitted(session).flatMap((text) => readEgressTarget(text) ?? []),
        dialler: this.dialler,
        onContact: (target) => this.record.began(session, target),
      });
      this.doors.set(id, { session, door });
      // Shut while it was being opened.
      if (this.over.has(id) || this.stopping.signal.aborted) this.close(id);
    } catch (thrown) {
      const { code, cause } = Problem.from(thrown);
      this.logger.warn({ sessionId: id, code, err: cause }, 'a session has no way out');
      if (code === 'sessions.not-permitted') this.over.add(id);
    }
  }

  /** What was signed, not what the row says: who can only write rows opens nothing. */
  private permitted({ id, permit }: Session): readonly string[] {
    const signer = new PermitSigner(readControlKey(this.settings.runDir));
    const { egress } = signer.open(permit, id, this.clock.now());
    if (egress.length === 0) throw new Problem('sessions.not-permitted');
    return egress;
  }

  private close(id: string): void {
    const opened = this.doors.get(id);
    if (!opened) return;
    this.doors.delete(id);
    opened.door.shut();
    const recorded = this.sumUp(opened).finally(() => this.recording.delete(recorded));
    this.recording.add(recorded);
  }

  private async sumUp({ session, door }: Opened): Promise<void> {
    await door.whenQuiet();
    const sums = door.counts().map(([target, count]) => ({ target, ...count }));
    for (let attempt = 1; ; attempt++)
      try {
        await this.record.ended(session, sums);
        return;
      } catch (err) {
        this.logger.error({ err, sessionId: session.id, attempt }, 'what went out is not recorded');
        if (attempt === RECORD_ATTEMPTS) return;
        await delay(RECORD_AGAIN_MS);
      }
  }
}

import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { Notary, type Checkpoint } from '@vitrine/sealing';
import { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { digestOfLines, newestLine } from './lines.js';
import { nameOf, standingTo } from './signed-last.js';

const EVERY_MS = 10_000;
const ANSWER_MS = 5_000;
/** A database of an older version has many lines that nothing was signed of yet. */
const LINES_OF_ONE = 5_000;

/** The record of acts is not the one that was signed. The message is for the operator. */
export class ActsRefused extends Error {
  override readonly name = 'ActsRefused';
}

/**
 * Has the session host sign how far the record of acts has come, every few seconds while there are new lines. It
 * remembers the last where neither this process nor who has the database can write, so that an older database that is put
 * back, or lines that are changed below the triggers, are noticed.
 */
@Injectable()
export class Checkpoints implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isConfirmed = false;
  private taking: Promise<void> = Promise.resolve();

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly transactor: Transactor,
    private readonly notary: Notary,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * At start: that the database is the one that was signed last. Puts in the checkpoint whose answer a crash lost. Throws
   * `ActsRefused`, and `hypervisor.unreachable` where nobody can say.
   */
  async confirm(): Promise<void> {
    const { last: signed } = await this.notary.state(soon());
    const stored = await newestCheckpoint(this.database.manager);
    if (signed === undefined) {
      if (stored !== undefined)
        this.logger.warn(
          { checkpoint: stored.number },
          'what was signed of the record of acts before is not known here: it is taken as it is',
        );
    } else {
      const standing = await standingTo(this.database.manager, signed, stored);
      if (standing === 'changed') throw new ActsRefused(changedSince(signed));
      if (standing === 'older') throw new ActsRefused(olderThan(signed, stored));
      if (standing === 'lost')
        await this.transactor.run((manager) => manager.insert(AuditCheckpoint, { ...signed }));
    }
    this.isConfirmed = true;
  }

  /** Until the end; `onRefused` where the host came late and says that the database is not the one. */
  keepTaking(onRefused: (error: ActsRefused) => void): void {
    this.timer = setInterval(() => {
      this.taking = this.taking.then(() => this.takeQuietly(onRefused));
    }, EVERY_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    if (this.timer === undefined) return;
    await this.taking;
    await this.takeQuietly(() => undefined);
  }

  /** Has signed what came since the last. */
  async take(): Promise<void> {
    for (;;) {
      const [last, newest] = await this.transactor.run(async (manager) => [
        await newestCheckpoint(manager),
        await newestLine(manager),
      ]);
      const firstSequence = (last?.lastSequence ?? 0) + 1;
      if (newest < firstSequence) return;
      // These are committed, and nobody changes them: no need to hold anybody up.
      const { lines, lastSequence, sha256 } = await digestOfLines(
        this.database.manager,
        firstSequence,
        newest,
        LINES_OF_ONE,
      );
      const claim = { number: (last?.number ?? 0) + 1, previous: nameOf(last) };
      const signed = await this.notary.sign({ ...claim, firstSequence, lastSequence, lines, sha256 }, soon());
      await this.transactor.run((manager) => manager.insert(AuditCheckpoint, { ...signed }));
    }
  }

  /** What cannot be signed now is signed later. */
  private async takeQuietly(onRefused: (error: ActsRefused) => void): Promise<void> {
    try {
      if (!this.isConfirmed) await this.confirm();
      await this.take();
    } catch (error) {
      if (error instanceof ActsRefused) onRefused(error);
      else
        this.logger.warn(
          { problem: Problem.from(error).code, err: error },
          'the record of acts was not signed',
        );
    }
  }
}

const WAY_OUT =
  'Put back the newest database; or, if this is the one that you want, say so with: npm run verify-acts -- --accept';

const olderThan = (signed: Checkpoint, stored: Checkpoint | undefined): string =>
  `This database is older than the one with which Vitrine ran here, or another: its record of acts was signed up to line ${stored?.lastSequence ?? 0}, but this machine signed it up to line ${signed.lastSequence} at ${signed.at}. What was ended since then, such as links, would be open again. ${WAY_OUT}`;

const changedSince = ({ at, firstSequence, lastSequence }: Checkpoint): string =>
  `The record of acts is not as it was signed at ${at}: its lines ${firstSequence} to ${lastSequence} were changed, or some are gone. ${WAY_OUT}`;

const newestCheckpoint = async (manager: EntityManager): Promise<AuditCheckpoint | undefined> =>
  (await manager.findOne(AuditCheckpoint, { where: {}, order: { number: 'DESC' } })) ?? undefined;

const soon = () => ({ signal: AbortSignal.timeout(ANSWER_MS) });

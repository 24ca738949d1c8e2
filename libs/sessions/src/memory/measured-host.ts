import { totalmem } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, Problem, withDeadline, type Logger } from '@vitrine/kernel';
import { SessionHost, type HostMemory } from '@vitrine/session-host';
import { HostCapacity } from '../host-capacity.js';
import type { Session } from '../session.entity.js';
import { LearnedMemory } from './learned-memory.js';
import { roomNow, weightOf, type Weight } from './measured-rule.js';

const MIB = 1024 * 1024;
const ASK_MS = 1_000;
/** What came later than a look has nothing yet, and counts as a whole: so a look may be a little old. */
const FRESH_MS = 1_000;

export interface MeasuredRoom {
  /** What each session counts with, in MiB. */
  readonly needs: ReadonlyMap<string, number>;
  /** What those that run and the one that is next may count with together, in MiB. */
  readonly nowMiB: number;
}

/** What the host carries by what is measured. Where that is not known nothing is said, and limits count. */
@Injectable()
export class MeasuredHost {
  private last: { readonly at: number; readonly memory: Promise<HostMemory | undefined> } | undefined;
  private failing = false;

  constructor(
    private readonly host: SessionHost,
    private readonly learned: LearnedMemory,
    private readonly capacity: HostCapacity,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** `running` hold memory, `waiting` want some, and `next` of these first. Undefined when it cannot be measured. */
  async look(
    running: readonly Session[],
    waiting: readonly Session[],
    next: Session,
  ): Promise<MeasuredRoom | undefined> {
    const memory = await this.measure(running.map(({ id }) => id));
    if (!memory) return undefined;
    const seen = new Map(memory.sessions.map((one) => [one.sessionId, one]));
    const weigh = async (session: Session): Promise<Weight> => {
      const figures = seen.get(session.id);
      // One that runs and cannot be measured has a reason for it that is not known.
      const trusted = session.state !== 'ready' || figures !== undefined;
      return weightOf(session.plan, trusted ? await this.learned.of(session) : undefined, figures);
    };
    const holders = await Promise.all(running.map(weigh));
    const wishes = await Promise.all(waiting.map(weigh));
    const machine = {
      availableMiB: this.capacity.availableMiB(),
      totalMiB: totalmem() / MIB,
      freeMiB: memory.availableMiB,
    };
    const needs = [...running, ...waiting].map(({ id }, index): [string, number] => [
      id,
      [...holders, ...wishes][index]?.needMiB ?? Infinity,
    ]);
    return { needs: new Map(needs), nowMiB: roomNow(holders, await weigh(next), machine) };
  }

  private measure(ids: readonly string[]): Promise<HostMemory | undefined> {
    if (this.last && performance.now() - this.last.at < FRESH_MS) return this.last.memory;
    const memory = withDeadline(ASK_MS, 'hypervisor.unreachable', (signal) =>
      this.host.memory(ids, { signal }),
    ).then(
      (told) => {
        this.failing = false;
        return told;
      },
      (error: unknown) => {
        if (!this.failing)
          this.logger.warn({ code: Problem.from(error).code }, 'memory cannot be measured; limits count');
        this.failing = true;
        return undefined;
      },
    );
    this.last = { at: performance.now(), memory };
    return memory;
  }
}

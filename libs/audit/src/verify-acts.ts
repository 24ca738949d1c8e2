import { MoreThan, type EntityManager } from 'typeorm';
import { isSignedBy, type Checkpoint, type NotaryState } from '@vitrine/sealing';
import { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { digestOfLines, newestLine } from './lines.js';
import { nameOf, standingTo } from './signed-last.js';

const CHECKPOINTS_AT_ONCE = 500;

export interface ActsReport {
  /** The number of the newest line, and of the last that was signed. */
  readonly newest: number;
  readonly signed: number;
  readonly checkpoints: number;
  /** So many of the first ones were signed by somebody whose key is not here, such as the machine that it was on before. */
  readonly foreign: number;
  /** What is wrong, in plain sentences. */
  readonly findings: readonly string[];
}

/**
 * Reads the whole record of acts and compares it with everything that was signed of it. What was written since the last
 * checkpoint cannot be compared with anything.
 */
export async function verifyActs(manager: EntityManager, notary: NotaryState): Promise<ActsReport> {
  const findings: string[] = [];
  let before: Checkpoint | undefined;
  let foreign = 0;
  let own = 0;
  for await (const checkpoint of checkpointsOf(manager)) {
    const { number, at, firstSequence, lastSequence } = checkpoint;
    const follows =
      number === (before?.number ?? 0) + 1 &&
      checkpoint.previous === nameOf(before) &&
      firstSequence === (before?.lastSequence ?? 0) + 1;
    if (!follows) findings.push(`Checkpoint ${number} does not follow the one before it.`);
    if (isSignedBy(notary.publicKey, checkpoint)) own++;
    else if (own === 0) foreign++;
    else findings.push(`Checkpoint ${number} was not signed by the session host of this machine.`);
    const there = await digestOfLines(manager, firstSequence, lastSequence);
    if (there.sha256 !== checkpoint.sha256)
      findings.push(
        `Lines ${firstSequence} to ${lastSequence} are not as they were signed at ${at}: ${there.lines} of ${checkpoint.lines} are there${there.lines === checkpoint.lines ? ', and some were changed' : ''}.`,
      );
    before = checkpoint;
  }
  const { last } = notary;
  if (last !== undefined && (await standingTo(manager, last, before)) === 'older')
    findings.push(
      `This machine signed the record of acts up to line ${last.lastSequence} at ${last.at}, which this database does not know.`,
    );
  const newest = await newestLine(manager);
  const signed = before?.lastSequence ?? 0;
  return { newest, signed, checkpoints: foreign + own, foreign, findings };
}

async function* checkpointsOf(manager: EntityManager): AsyncGenerator<AuditCheckpoint> {
  for (let number = 0; ;) {
    const some = await manager.find(AuditCheckpoint, {
      where: { number: MoreThan(number) },
      order: { number: 'ASC' },
      take: CHECKPOINTS_AT_ONCE,
    });
    yield* some;
    if (some.length < CHECKPOINTS_AT_ONCE) return;
    number = some.at(-1)?.number ?? number;
  }
}

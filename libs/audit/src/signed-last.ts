import type { EntityManager } from 'typeorm';
import { digestOf, type Checkpoint } from '@vitrine/sealing';
import { digestOfLines } from './lines.js';

/** What a checkpoint says of the one before it; empty for none. */
export const nameOf = (checkpoint: Checkpoint | undefined): string =>
  checkpoint === undefined ? '' : digestOf(checkpoint);

/**
 * How a database stands to what was signed last, by the newest checkpoint that is stored in it. `stored`: it is that
 * one; `lost`: that one is not in it, but all its lines are, so that only the answer was lost; `changed`: that one is in
 * it, but its lines are not; `older`: neither, so it is an older database, or another.
 */
export async function standingTo(
  manager: EntityManager,
  signed: Checkpoint,
  stored: Checkpoint | undefined,
): Promise<'stored' | 'lost' | 'changed' | 'older'> {
  const isStored = nameOf(stored) === nameOf(signed);
  const isNext = signed.number === (stored?.number ?? 0) + 1 && signed.previous === nameOf(stored);
  if (!isStored && !isNext) return 'older';
  const { sha256 } = await digestOfLines(manager, signed.firstSequence, signed.lastSequence);
  if (sha256 === signed.sha256) return isStored ? 'stored' : 'lost';
  return isStored ? 'changed' : 'older';
}

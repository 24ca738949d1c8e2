import { Problem } from '@vitrine/kernel';
import { PoolFailed, SealBroken } from '@vitrine/sealing';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Turns what a disk or broken sealed bytes throw into the row of the error table that tells of it. */
export function asProblem(error: unknown): unknown {
  if (error instanceof SealBroken) return new Problem('vault.damaged', { cause: error });
  if (error instanceof PoolFailed) return new Problem('kernel.busy', { cause: error });
  return NO_ROOM.has(codeOf(error) ?? '') ? new Problem('vault.disk-full', { cause: error }) : error;
}

/** Runs the work; sealed bytes that do not open are `vault.damaged`. */
export async function brokenIsDamage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asProblem(error);
  }
}

export function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

/** For a file that the database names. A link in the vault can only be somebody's attempt to have another file read. */
export function missingIsDamage(error: unknown): never {
  const code = codeOf(error);
  throw code === 'ENOENT' || code === 'ELOOP'
    ? new Problem('vault.damaged', { cause: error })
    : asProblem(error);
}

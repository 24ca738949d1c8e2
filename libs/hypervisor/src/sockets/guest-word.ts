import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Problem } from '@vitrine/kernel';
import { isUsedUp } from './guest-socket.js';

const MAXIMUM_BYTES = 64;

/**
 * Reads the one word that a guest writes about itself. The file is the guest's: it may be a link, a pipe, a folder or
 * endless, so nothing is followed, nothing blocks, and what is not one of the allowed words counts as nothing.
 *
 * Undefined when the file is absent or says something else; throws `hypervisor.unsafe-endpoint` when it is not a plain
 * file.
 */
export async function readGuestWord<Word extends string>(
  path: string,
  allowed: readonly Word[],
): Promise<Word | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      const code = isUsedUp(error) ? 'hypervisor.unreachable' : 'hypervisor.unsafe-endpoint';
      throw new Problem(code, { cause: error });
    },
  );
  if (file === undefined) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Problem('hypervisor.unsafe-endpoint', { logContext: { mode: stat.mode } });
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAXIMUM_BYTES + 1), 0, MAXIMUM_BYTES + 1, 0);
    if (bytesRead > MAXIMUM_BYTES) return undefined;
    const untrustedWord = buffer.toString('utf8', 0, bytesRead).trim();
    return allowed.find((word) => word === untrustedWord);
  } finally {
    await file.close();
  }
}

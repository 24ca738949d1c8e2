import { rmSync } from 'node:fs';
import { connect } from 'node:net';

/**
 * Makes room for a Unix socket at `path`: the file that a killed process left is removed. Throws a plain sentence when
 * another process answers there: two of them would each know of half of what runs.
 */
export async function freeSocket(path: string, who: string): Promise<void> {
  if (await answers(path)) throw new Error(`Another ${who} is already running at ${path}.`);
  rmSync(path, { force: true });
}

/** Also one that hangs: the kernel takes the connection for it. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // EAGAIN is said for one that has not taken those who came before.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EAGAIN'));
  });

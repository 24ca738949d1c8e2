import { createServer } from 'node:net';

const PAUSE_MS = 200;

/**
 * Does the work when nobody else on this machine is at work of this name. The turn is a socket without a file, which the
 * kernel takes back from whoever dies.
 */
export async function inTurn(name, work, onWait = () => {}) {
  for (let waits = false; ; waits = true) {
    const turn = await take(`\0vitrine: ${name}`);
    if (turn !== undefined)
      try {
        return await work();
      } finally {
        await new Promise((resolve) => turn.close(resolve));
      }
    if (!waits) onWait();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

const take = (path) =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(path, () => resolve(server));
  });

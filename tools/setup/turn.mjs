import { createServer } from 'node:net';
import { Stop } from './say.mjs';

const PAUSE_MS = 200;
/** Longer than a build takes on a slow machine; whoever holds the name longer does not build. */
const PATIENCE_MS = 900_000;

/**
 * Does the work when nobody else on this machine is at work of this name. The turn is a socket without a file, which the
 * kernel takes back from whoever dies. Throws `Stop` when the turn does not come within `patienceMs`.
 */
export async function inTurn(name, work, onWait = () => {}, patienceMs = PATIENCE_MS) {
  const giveUp = performance.now() + patienceMs;
  for (let waits = false; ; waits = true) {
    const turn = await take(`\0vitrine: ${name}`);
    if (turn !== undefined)
      try {
        return await work();
      } finally {
        await new Promise((resolve) => turn.close(resolve));
      }
    if (performance.now() > giveUp) throw new Stop(`Another process does not end its ${name}.`);
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

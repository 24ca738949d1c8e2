import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { INestApplication } from '@nestjs/common';

const KEEP_ALIVE_MS = 120_000;

/**
 * Listens on a Unix socket that only this user can open. A socket file that a killed process left is replaced; one
 * behind which another control plane answers is not.
 */
export async function listenOn(app: INestApplication, socketPath: string): Promise<void> {
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  if (await answers(socketPath))
    throw new Error(`Another control plane is already running at ${socketPath}.`);
  rmSync(socketPath, { force: true });
  // Only the gateway is behind these connections, and it ends those that it no longer needs, after a minute.
  (app.getHttpServer() as Server).keepAliveTimeout = KEEP_ALIVE_MS;
  await app.listen(socketPath);
  chmodSync(socketPath, 0o600);
}

const answers = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

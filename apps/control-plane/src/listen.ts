import { chmodSync, mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { dirname } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { freeSocket } from '@vitrine/kernel';

const KEEP_ALIVE_MS = 120_000;

/**
 * Listens on a Unix socket that only this user can open. A socket file that a killed process left is replaced; one
 * behind which another control plane answers is not.
 */
export async function listenOn(app: INestApplication, socketPath: string): Promise<void> {
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  await freeSocket(socketPath, 'control plane');
  // Only the gateway is behind these connections, and it ends those that it no longer needs, after a minute.
  (app.getHttpServer() as Server).keepAliveTimeout = KEEP_ALIVE_MS;
  await app.listen(socketPath);
  chmodSync(socketPath, 0o600);
}

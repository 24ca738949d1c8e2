import { createSecretKey, type KeyObject } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { delay, webDir } from '@vitrine/kernel';

const KEY_BYTES = 32;
const PAUSE_MS = 100;
const ANSWER_MS = 2_000;

/** Where the process that can open the key of the database hands it to the other one that works with the database. */
export const databaseKeySocket = (runDir: string): string => join(webDir(runDir), 'database-key.sock');

/**
 * Hands the key to every process of this user that asks, over a Unix socket that nobody else can open. So it lies in no
 * file, and the other process needs nothing of what the key is wrapped with. Throws when another process serves it there.
 */
export async function serveDatabaseKey(path: string, key: KeyObject): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if ((await ask(path)).length > 0) throw new Error(`Another control plane is already running at ${path}.`);
  // A socket file outlives a killed process.
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.end(key.export());
  });
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(path, resolve);
    });
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
  return server;
}

/** Asks for the key until it is there. Throws after `withinMs`. */
export async function askDatabaseKey(path: string, withinMs: number): Promise<KeyObject> {
  const giveUp = performance.now() + withinMs;
  for (;;) {
    const key = await ask(path);
    if (key.length === KEY_BYTES) return createSecretKey(key);
    if (performance.now() > giveUp)
      throw new Error(`Nobody handed over the key of the database at ${path} within ${withinMs} ms.`);
    await delay(PAUSE_MS);
  }
}

/** What the other side sends until it ends; nothing when it is not there yet. */
const ask = (path: string): Promise<Buffer> =>
  new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect(path);
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(Buffer.concat(parts)));
  });

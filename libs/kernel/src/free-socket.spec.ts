import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freeSocket } from './free-socket.js';

describe('the place of a socket', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-socket-'));
    path = join(folder, 'a.sock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const listening = async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return () => new Promise((resolve) => server.close(resolve));
  };

  it('is not taken from a process that answers', async () => {
    const close = await listening();
    await expect(freeSocket(path, 'gateway')).rejects.toThrow('Another gateway is already running');
    expect(existsSync(path)).toBe(true);
    await close();
  });

  it('is freed of what a killed process left', async () => {
    const close = await listening();
    renameSync(path, `${path}.left`);
    await close();
    renameSync(`${path}.left`, path);
    await freeSocket(path, 'gateway');
    expect(existsSync(path)).toBe(false);
  });

  it('may be free', async () => {
    await freeSocket(path, 'gateway');
  });
});

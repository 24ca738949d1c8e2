import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { grabFrame } from './grab-frame.js';

const [WIDTH, HEIGHT] = [4, 2];
const GREETING = Buffer.from('RFB 003.008\n');
const INIT = (() => {
  const init = Buffer.alloc(24);
  init.writeUInt16BE(WIDTH, 0);
  init.writeUInt16BE(HEIGHT, 2);
  return init;
})();

/** An update of so many of its rows, all white. */
function update(rows: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(WIDTH, 8);
  head.writeUInt16BE(rows, 10);
  return Buffer.concat([head, Buffer.alloc(WIDTH * rows * 4, 255)]);
}

describe('grabFrame', () => {
  let folder: string;
  let server: Server;
  let looks: Socket[];
  /** Rows that are painted for the first client, the second, and so on. */
  let painted: number[];
  /** Until they are. */
  let takesMs: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-display-'));
    looks = [];
    takesMs = 0;
    server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      const rows = painted[looks.push(socket) - 1] ?? 0;
      const ok = Buffer.alloc(4);
      socket.write(Buffer.concat([GREETING, Buffer.from([1, 1]), ok, INIT]));
      if (rows > 0) setTimeout(() => socket.write(update(rows)), takesMs);
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'display.sock'), resolve));
  });
  afterEach(() => {
    for (const socket of looks) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const grab = (withinMs: number) => {
    const hostPath = join(folder, 'display.sock');
    const endpoint = { hostPath, ownerUid: process.getuid?.() ?? 0 };
    return grabFrame(endpoint, AbortSignal.timeout(withinMs), 100);
  };

  it('looks again at a screen of which only a part came', async () => {
    painted = [HEIGHT - 1, 0, HEIGHT];
    const { width, height, pixels } = await grab(5_000);
    expect([width, height, looks.length]).toEqual([WIDTH, HEIGHT, 3]);
    expect(pixels.every((byte) => byte === 255)).toBe(true);
  });

  it('has more and more patience with a screen that is slow', async () => {
    painted = Array.from({ length: 10 }, () => HEIGHT);
    takesMs = 300;
    expect((await grab(5_000)).height).toBe(HEIGHT);
    expect(looks.length).toBeGreaterThan(2);
  });

  it('gives up when it is told to', async () => {
    painted = [];
    await expect(grab(350)).rejects.toMatchObject({ code: 'hypervisor.not-answering' });
    expect(looks.length).toBeGreaterThan(1);
  });
});

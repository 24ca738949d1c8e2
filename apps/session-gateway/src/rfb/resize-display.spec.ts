import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@vitrine/kernel';
import { resizeDisplay } from './resize-display.js';
import { Resizer } from './resizer.js';

const uid = process.getuid?.() === 0 ? 1000 : (process.getuid?.() ?? 0);

/** ServerInit of a screen of 64 by 64 with four bytes a pixel, and a name of so many bytes. */
const init = (nameBytes: number, name: Buffer = Buffer.alloc(nameBytes)) => {
  const head = Buffer.alloc(24);
  head.writeUInt16BE(64, 0);
  head.writeUInt16BE(64, 2);
  head.writeUInt8(32, 4);
  head.writeUInt32BE(nameBytes, 20);
  return Buffer.concat([head, name]);
};
const layout = () => {
  const message = Buffer.alloc(4 + 12 + 4 + 16);
  message.writeUInt16BE(1, 2);
  message.writeInt32BE(-308, 12);
  message.writeUInt8(1, 16);
  message.writeUInt32BE(0xabcd, 20);
  return message;
};
const cutText = (bytes: number, text: Buffer) => {
  const head = Buffer.alloc(8);
  head.writeUInt8(3, 0);
  head.writeUInt32BE(bytes, 4);
  return Buffer.concat([head, text]);
};

describe('resizing a display', () => {
  let folder: string;
  let server: Server;
  let received: Buffer;
  const endpoint = () => ({ hostPath: join(folder, 'vnc.sock'), ownerUid: uid });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-rfb-'));
    received = Buffer.alloc(0);
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  /** A display that handshakes, then says the given messages: one after each message of the client. */
  const display = async (...says: readonly Buffer[]) => {
    server = createServer((socket: Socket) => {
      const script = [Buffer.of(1, 1), Buffer.alloc(4), ...says];
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const next = script.shift();
        if (next !== undefined) socket.write(next);
      });
      socket.write('RFB 003.008\n');
    });
    await new Promise<void>((resolve) => server.listen(endpoint().hostPath, resolve));
    if (process.getuid?.() === 0) chownSync(endpoint().hostPath, uid, uid);
  };
  const resize = (ms = 1000) => resizeDisplay(endpoint(), 1024, 768, AbortSignal.timeout(ms));
  const lost = expect.objectContaining({ code: 'sessions.display-lost' });

  it('asks for the size with the screen that the display has', async () => {
    await display(init(4), layout(), layout());
    await resize();
    const wish = received.indexOf(Buffer.from([251, 0, 4, 0, 3, 0, 1]));
    expect(wish).toBeGreaterThan(0);
    expect(received.readUInt32BE(wish + 8)).toBe(0xabcd);
  });

  it('skips what else a display may say', async () => {
    await display(init(4), Buffer.concat([Buffer.of(2), cutText(5, Buffer.alloc(5)), layout()]), layout());
    await resize();
  });

  it.each([
    ['a name without end', [init(0xffff_ffff, Buffer.alloc(1000))]],
    ['a clipboard without end', [init(0), cutText(0xffff_fff0, Buffer.alloc(1000))]],
    ['a message that there is not', [init(0), Buffer.of(77)]],
    ['a picture that was not asked for', [init(0), Buffer.from('000000010000000010001000000000ff', 'hex')]],
    ['more than anybody has to say', [init(0), Buffer.alloc(2 * 1024 * 1024, 2)]],
    ['nothing', []],
  ])('gives up on a display that sends %s', async (_name, says) => {
    await display(...says);
    await expect(resize(300)).rejects.toEqual(lost);
  });

  it('gives a display the size where a dragged window came to rest, within bounds, and survives a failure', async () => {
    await display();
    const sizes: [number, number][] = [];
    const resizer = new Resizer(endpoint(), createLogger('test', 'silent'), (_endpoint, width, height) => {
      sizes.push([width, height]);
      return sizes.length === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
    });
    for (let width = 100; width < 900; width += 100) resizer.request(width, 600);
    await new Promise((resolve) => setTimeout(resolve, 300));
    resizer.request(1, 100_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    resizer.request(500, 500);
    resizer.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sizes).toEqual([
      [800, 600],
      [320, 4096],
    ]);
  });
});

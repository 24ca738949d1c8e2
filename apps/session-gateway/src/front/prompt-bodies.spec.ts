import { createServer, request, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { promptBodies } from './prompt-bodies.js';

const WITHIN_MS = 300;
const BODY = '{"name":"Jane Doe"}';

describe('a body that comes a byte at a time', () => {
  let server: Server;

  beforeAll(async () => {
    const app = express()
      .use(promptBodies(WITHIN_MS))
      .use((received, response) => {
        received.resume().on('end', () => setTimeout(() => response.end('whole'), 2 * WITHIN_MS));
      });
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** What is answered, or why nothing is. */
  const send = (type: string, pauseMs: number, path = '/api/sign-in'): Promise<string> =>
    new Promise((resolve) => {
      const { port } = server.address() as AddressInfo;
      const sending = request({
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        headers: { 'content-type': type },
      });
      sending.on('error', ({ message }) => resolve(message));
      sending.on('response', (answer) => answer.setEncoding('utf8').on('data', resolve));
      void (async () => {
        for (const character of BODY) {
          if (pauseMs > 0) await pause(pauseMs);
          sending.write(character);
        }
        sending.end();
      })();
    });

  it.each(['application/json; charset=utf-8', 'application/x-www-form-urlencoded'])(
    'ends the connection where the control plane would wait for all of it: %s',
    async (type) => {
      expect(await send(type, 50)).toBe('socket hang up');
    },
  );

  it.each([
    ['application/dicom', '/api/dicomweb/studies'],
    ['application/json', '/dav/Drive/genotypes.json'],
  ])('does not where it is a file, however long that takes: %s to %s', async (type, path) => {
    expect(await send(type, 50, path)).toBe('whole');
  });

  it('does not where all of it has come and the answer takes longer', async () => {
    expect(await send('application/json', 0)).toBe('whole');
  });
});

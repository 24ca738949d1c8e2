import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayHarness } from '../../testing/gateway-harness.js';
import { controlPlaneSocket } from './api-proxy.js';
import { clientAddress } from './client-address.js';

describe('the front door', () => {
  const portalDir = mkdtempSync(join(tmpdir(), 'vitrine-portal-'));
  let gateway: GatewayHarness;

  beforeAll(async () => {
    mkdirSync(join(portalDir, 'assets'));
    writeFileSync(join(portalDir, 'index.html'), '<style nonce="__CSP_NONCE__"></style>');
    writeFileSync(join(portalDir, 'assets', 'app-1a2b.js'), 'export {};');
    writeFileSync(join(portalDir, '.env'), 'secret');
    gateway = await GatewayHarness.start(portalDir);
  });
  afterAll(async () => {
    await gateway.stop();
    rmSync(portalDir, { recursive: true });
  });

  const get = (path: string, init?: RequestInit) => fetch(`${gateway.url}${path}`, init);

  it.each(['/', '/record', '/sessions/0123', '/index.html', '/visit'])(
    'serves the portal at %s',
    async (path) => {
      const answer = await get(path);
      const policy = answer.headers.get('content-security-policy') ?? '';
      const [, nonce = '-'] = /'nonce-([^']+)'/.exec(policy) ?? [];
      expect(await answer.text()).toBe(`<style nonce="${nonce}"></style>`);
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("connect-src 'self' ws://localhost:8080");
      expect(policy).not.toContain('unsafe');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('x-powered-by')).toBeNull();
    },
  );

  it('gives a nonce once', async () => {
    const texts = await Promise.all([get('/'), get('/')].map(async (answer) => (await answer).text()));
    expect(texts[0]).not.toBe(texts[1]);
  });

  it('lets hashed files be kept for ever', async () => {
    const answer = await get('/assets/app-1a2b.js');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it.each(['/assets/none.js', '/.env', '/..%2f..%2fetc/passwd.txt', '/%2e%2e/%2e%2e/etc/passwd.txt'])(
    'does not serve %s',
    async (path) => {
      const answer = await get(path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  it('answers other methods with a problem', async () => {
    expect((await get('/record', { method: 'POST' })).status).toBe(404);
  });

  it('says that it is busy while the control plane does not answer', async () => {
    const answer = await get('/api/me');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'kernel.busy', retry: 'later' });
  });

  describe('with a control plane', () => {
    let controlPlane: Server;
    let seen: IncomingMessage | undefined;
    let received = 0;

    beforeEach(async () => {
      received = 0;
      controlPlane = createServer((incoming, outgoing) => {
        seen = incoming;
        incoming.on('data', (chunk: Buffer) => (received += chunk.length));
        if (incoming.url === '/api/events') {
          outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
          outgoing.write('data: 1\n\n');
        } else if (incoming.url === '/api/dies') outgoing.destroy();
        else incoming.on('end', () => outgoing.setHeader('content-security-policy', 'sandbox').end('ok'));
      });
      await new Promise<void>((resolve) =>
        controlPlane.listen(controlPlaneSocket(gateway.settings.runDir), resolve),
      );
    });
    afterEach(async () => {
      controlPlane.closeAllConnections();
      await new Promise((resolve) => controlPlane.close(resolve));
    });

    it('passes a request on whole, with what was seen of its way instead of what it claims', async () => {
      const answer = await get('/api/record?search=a%20b', {
        headers: {
          'x-forwarded-for': '6.6.6.6',
          'x-forwarded-proto': 'https',
          forwarded: 'for=6.6.6.6',
          cookie: 'a=1',
        },
      });
      expect(await answer.text()).toBe('ok');
      // The API's own policy for a download is stricter than the portal's.
      expect(answer.headers.get('content-security-policy')).toBe('sandbox');
      expect(seen?.url).toBe('/api/record?search=a%20b');
      expect(seen?.headers).toMatchObject({
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        cookie: 'a=1',
      });
      expect(seen?.headers).not.toHaveProperty('forwarded');
    });

    it.each(['PROPFIND', 'LOCK', 'MOVE', 'PUT'])(
      'passes %s on to the network drive as it came',
      async (method) => {
        const headers = { destination: '/dav/Drive/b', authorization: 'Basic amFuZTp4' };
        const answer = await get('/dav/Drive/a%20%C3%A4', { method, headers });
        expect(answer.status).toBe(200);
        expect(seen).toMatchObject({ method, url: '/dav/Drive/a%20%C3%A4' });
        expect(seen?.headers).toMatchObject({ ...headers, 'x-forwarded-host': new URL(gateway.url).host });
        expect((await get('/davy')).headers.get('content-type')).toContain('text/html');
      },
    );

    it('passes no address on that is none', async () => {
      const status = await new Promise((resolve, reject) => {
        const { port } = new URL(gateway.url);
        const path = '/dav/Drive/folder/#part';
        request({ port, path, method: 'DELETE', agent: false }, (answer) => {
          resolve(answer.resume().statusCode);
        })
          .on('error', reject)
          .end();
      });
      expect(status).toBe(400);
    });

    it('keeps its connections, since one that closes behind an answer can take the answer with it', async () => {
      let connections = 0;
      controlPlane.on('connection', () => connections++);
      for (let count = 0; count < 5; count++) {
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
          const headers = { connection: 'close', 'content-type': 'application/json' };
          const call = request(
            `${gateway.url}/api/links`,
            { method: 'POST', headers, agent: false },
            resolve,
          );
          call.on('error', reject).end('{}');
        });
        answer.resume();
        expect(answer.statusCode).toBe(200);
        expect(seen?.headers.connection).toBe('keep-alive');
      }
      expect(connections).toBe(1);
    });

    it('tells a caller of the connection that they have, not of the one behind it', async () => {
      controlPlane.keepAliveTimeout = 600_000;
      const agent = new Agent({ keepAlive: true });
      const ask = (headers: OutgoingHttpHeaders) =>
        new Promise<IncomingMessage>((resolve, reject) => {
          const call = request(`${gateway.url}/api/links`, { headers, agent }, (answer) =>
            answer.resume().once('end', () => resolve(answer)),
          );
          call.on('error', reject).end();
        });
      for (let count = 0; count < 3; count++) {
        const { statusCode, headers } = await ask({ connection: 'close' });
        expect([statusCode, headers.connection, headers['keep-alive']]).toEqual([200, 'close', undefined]);
      }
      const { headers } = await ask({});
      expect([headers.connection, headers['keep-alive']]).toEqual(['keep-alive', undefined]);
      agent.destroy();
    });

    it('passes events on at once', async () => {
      const answer = await get('/api/events');
      const part: unknown = (await answer.body?.getReader().read())?.value;
      expect(Buffer.from(part as Uint8Array).toString()).toBe('data: 1\n\n');
    });

    it('passes an upload on while it comes', async () => {
      const upload = request(`${gateway.url}/api/uploads`, { method: 'PATCH' });
      upload.write(Buffer.alloc(100_000));
      for (let tries = 0; tries < 200 && received < 100_000; tries++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      expect(received).toBe(100_000);
      const status = await new Promise<number | undefined>((resolve) =>
        upload.on('response', (answer: IncomingMessage) => resolve(answer.statusCode)).end(),
      );
      expect(status).toBe(200);
    });

    it('says that it is busy when the control plane dies in the middle', async () => {
      expect((await get('/api/dies')).status).toBe(503);
    });
  });

  it('believes a proxy only where one is: on this machine, before an HTTPS address', () => {
    const from = (remoteAddress: string, publicUrl: string) =>
      clientAddress(
        { headers: { 'x-forwarded-for': '6.6.6.6, 10.0.0.7' }, socket: { remoteAddress } as never },
        { publicUrl },
      );
    expect(from('127.0.0.1', 'https://v.example')).toBe('10.0.0.7');
    expect(from('127.0.0.1', 'http://localhost:8080')).toBe('127.0.0.1');
    expect(from('192.0.2.1', 'https://v.example')).toBe('192.0.2.1');
  });
});

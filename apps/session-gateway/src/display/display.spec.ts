import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { Grant } from '@vitrine/delegation';
import { LiveConnections, Participation, Session } from '@vitrine/sessions';
import { FakeGuacd } from '../../testing/fake-guacd.js';
import { GatewayHarness, type Person } from '../../testing/gateway-harness.js';
import { instruction } from '../guacamole/instruction.js';

const FRAME = instruction('size', 0, 64, 64) + instruction('sync', 1000);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the display', () => {
  let gateway: GatewayHarness;
  let session: Session;
  let guacd: FakeGuacd;
  let patient: Person;
  let visitor: Person;

  beforeAll(async () => {
    gateway = await GatewayHarness.start();
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    session = await gateway.session();
    guacd = await FakeGuacd.start(gateway.endpoints(session).guacd);
    patient = await gateway.account();
    visitor = await gateway.visitor();
  });
  afterEach(() => guacd.stop());

  const rows = () => gateway.database.dataSource.manager;
  const cut = (what: Parameters<LiveConnections['cut']>[0]) =>
    new LiveConnections(gateway.settings).cut(what);

  it('opens for a ticket, passes frames on and answers pings', async () => {
    const client = await gateway.join(session, patient);
    guacd.say(FRAME);
    await client.firstFrame();
    client.ping();
    await client.until(() => client.pongs === 1);
    expect(client.state).toMatchObject({ lossless: true, control: 'control' });
    await client.until(() => typeof client.state?.roundTripMs === 'number');
    expect(client.uuid).toMatch(/^[0-9a-f-]{36}$/);
    await client.close();
  });

  it('lets go of a browser that is told of frames and never of a screen, so that it comes again', async () => {
    const client = await gateway.join(session, patient);
    guacd.say(instruction('sync', 1000));
    expect((await client.closed(10_000)).reason).toBe('sessions.display-lost');
  }, 15_000);

  it('gives each browser its own frame, whole and in order, in few messages, however many pieces it comes in', async () => {
    const clients = [await gateway.join(session, patient), await gateway.join(session, visitor)];
    for (const socket of guacd.sockets) socket.write(FRAME);
    await Promise.all(clients.map((client) => client.firstFrame()));
    const heard = clients.map(({ socket }) => {
      const messages: string[] = [];
      socket.on('message', (data) => messages.push((data as Buffer).toString('latin1')));
      return messages;
    });
    const PIECES = 100;
    const frames = clients.map((_, browser) => {
      const fills = Array.from({ length: 4000 }, (__, n) =>
        instruction('cfill', 14, 0, n % 256, browser, 0, 255),
      );
      return Buffer.from(`${fills.join('')}${instruction('sync', 1000 + browser)}`);
    });
    for (let piece = 0; piece < PIECES; piece++) {
      for (const [browser, frame] of frames.entries()) {
        const size = Math.ceil(frame.length / PIECES);
        guacd.sockets[browser]?.write(frame.subarray(piece * size, (piece + 1) * size));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(clients.map((client) => client.until(() => (client.counts['sync'] ?? 0) > 1)));
    for (const [browser, messages] of heard.entries()) {
      const pictures = messages.filter(
        (message) => message.startsWith('5.cfill') || message.includes('4.sync'),
      );
      expect(pictures.join('') === frames[browser]?.toString('latin1')).toBe(true);
      expect(pictures.length).toBeLessThan(PIECES / 2);
    }
    for (const client of clients) await client.close();
  });

  it('builds what guacd is told from the role alone', async () => {
    await (await gateway.join(session, visitor)).close();
    await (await gateway.join(session, patient)).close();
    const [view, control] = guacd.received;
    expect(view).toContain(
      instruction('connect', 'VERSION_1_1_0', '/run/display/vnc.sock', '', 'true', 'copyrect raw', ''),
    );
    expect(control).toContain(
      instruction('connect', 'VERSION_1_1_0', '/run/display/vnc.sock', '', '', 'copyrect raw', ''),
    );
  });

  it('records join and leave, with a line each', async () => {
    const client = await gateway.join(session, visitor);
    const [joined] = await rows().findBy(Participation, { sessionId: session.id });
    expect(joined).toMatchObject({ control: 'view', leftAt: null, participantId: visitor.participant.id });
    await client.close();
    await wait(50);
    const [left] = await rows().findBy(Participation, { sessionId: session.id });
    expect(left?.leftAt).not.toBeNull();
    const lines = await rows().findBy(AuditEvent, { patientId: session.patientId });
    expect(lines.map(({ action }) => action)).toEqual(['session.joined', 'session.left']);
  });

  it('takes a ticket once, from its own browser and its own page only', async () => {
    const ticket = await gateway.ticket(session, patient);
    const refusals = [
      await gateway.present(ticket, visitor),
      await gateway.present(ticket, await gateway.account()),
      await gateway.present(ticket, patient, 'https://evil.example'),
    ];
    for (const refused of refusals)
      expect(refused.closing).toEqual({ code: 4401, reason: 'sessions.ticket-refused' });
    const first = await gateway.present(ticket, patient);
    expect(first.uuid).toBeDefined();
    const second = await gateway.present(ticket, patient);
    expect(second.closing).toEqual({ code: 4401, reason: 'sessions.ticket-refused' });
    await first.close();
  });

  it.each([
    ['ended', 'sessions.ended'],
    ['stopping', 'sessions.ended'],
  ] as const)('refuses a session that is %s', async (state, reason) => {
    await rows().update(Session, { id: session.id }, { state });
    expect((await gateway.join(session, patient)).closing?.reason).toBe(reason);
  });

  describe('before the session is ready', () => {
    const enter = (state: Session['state']) => rows().update(Session, { id: session.id }, { state });
    const joins = () => rows().countBy(Participation, { sessionId: session.id });

    it('lets a browser wait at the door and in as soon as there is a picture', async () => {
      await enter('requested');
      const waiting = gateway.join(session, patient);
      for (const state of ['preparing', 'starting'] as const) {
        await wait(60);
        expect(await joins()).toBe(0);
        await enter(state);
      }
      expect(guacd.sockets).toHaveLength(0);
      await enter('ready');
      const client = await waiting;
      expect(client.uuid).toBeDefined();
      expect(await joins()).toBe(1);
      await client.close();
    });

    it('tells who waited that the session is over', async () => {
      await enter('starting');
      const waiting = gateway.join(session, patient);
      await wait(60);
      await enter('failed');
      expect((await waiting).closing?.reason).toBe('sessions.ended');
    });

    it('sends away who waits, and returns when they are gone', async () => {
      await enter('starting');
      const waiting = gateway.join(session, visitor);
      await wait(150);
      expect(await cut({ participantIds: [visitor.participant.id] })).toBe(1);
      expect((await waiting).closing?.reason).toBe('sessions.cut-off');
      await enter('ready');
      await wait(60);
      expect(await joins()).toBe(0);
    });

    it('records no join of a browser that left the door', async () => {
      await enter('starting');
      const ticket = await gateway.ticket(session, patient);
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      socket.write(
        `GET /display?ticket=${ticket} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:8080\r\n` +
          `Cookie: vitrine_sign_in=${patient.cookieSecret}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: guacamole\r\n\r\n',
      );
      await wait(150);
      socket.end();
      await wait(60);
      await enter('ready');
      await wait(100);
      expect(await joins()).toBe(0);
    });
  });

  it('refuses a visitor whose grant was revoked, and one whose grant is over', async () => {
    await rows().update(Grant, { id: visitor.participant.id }, { revokedAt: new Date().toISOString() });
    expect((await gateway.join(session, visitor)).closing?.reason).toBe('delegation.link-revoked');
    const late = await gateway.visitor('view', -1);
    expect((await gateway.join(session, late)).closing?.reason).toBe('delegation.link-expired');
    expect(guacd.sockets).toHaveLength(0);
  });

  it('closes when the time of the grant is over', async () => {
    const short = await gateway.visitor('view', 400);
    const client = await gateway.join(session, short);
    expect(client.uuid).toBeDefined();
    expect(await client.closed(1500)).toEqual({ code: 4408, reason: 'sessions.time-up' });
  });

  it('closes when guacd goes away, so that the page comes back with a new ticket', async () => {
    const client = await gateway.join(session, patient);
    guacd.sockets[0]?.destroy();
    expect(await client.closed()).toEqual({ code: 1011, reason: 'sessions.display-lost' });
    await guacd.stop();
    expect((await gateway.join(session, patient)).closing?.reason).toBe('sessions.display-lost');
    guacd = await FakeGuacd.start(gateway.endpoints(session).guacd);
  });

  it('closes when guacd breaks the protocol, and stays', async () => {
    const client = await gateway.join(session, patient);
    guacd.say('999999999999.boom');
    expect((await client.closed()).reason).toBe('hypervisor.unsafe-endpoint');
    expect((await gateway.join(session, patient)).uuid).toBeDefined();
  });

  it('keeps what follows the handshake in the same breath, whatever characters it holds', async () => {
    guacd.ready += instruction('name', 'Jane Döe 😀') + FRAME;
    const client = await gateway.join(session, patient);
    await client.firstFrame();
    expect(client.forbidden).toEqual([]);
    await client.close();
  });

  it('forwards the input of those who steer, notes it, and drops that of those who look', async () => {
    const looking = await gateway.join(session, visitor);
    looking.key(97);
    looking.mouse(3, 4, 1);
    looking.send('clipboard', 0, 'text/plain');
    looking.send('nop');
    await wait(100);
    expect(guacd.received[0]).not.toMatch(/3\.key|5\.mouse|9\.clipboard/);
    await rows().update(Session, { id: session.id }, { lastInputAt: new Date(0).toISOString() });
    const steering = await gateway.join(session, patient);
    await rows().update(Session, { id: session.id }, { lastInputAt: new Date(0).toISOString() });
    steering.key(97);
    steering.send('clipboard', 0, 'text/plain');
    await wait(200);
    expect(guacd.received[1]).toContain(instruction('key', 97, 1));
    expect(guacd.received[1]).not.toContain('clipboard');
    const { lastInputAt } = await rows().findOneByOrFail(Session, { id: session.id });
    expect(Date.now() - Date.parse(lastInputAt)).toBeLessThan(5000);
    await Promise.all([looking.close(), steering.close()]);
  });

  it('cuts the named people only, and returns after they are gone', async () => {
    const [a, b] = [await gateway.join(session, visitor), await gateway.join(session, patient)];
    const started = performance.now();
    expect(await cut({ participantIds: [visitor.participant.id] })).toBe(1);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await a.closed(100)).toEqual({ code: 4403, reason: 'sessions.cut-off' });
    expect(b.closing).toBeUndefined();
    expect(await cut({ sessionIds: [session.id] })).toBe(1);
    expect((await b.closed(100)).reason).toBe('sessions.ended');
    const open = (await rows().findBy(Participation, { sessionId: session.id })).filter(
      ({ leftAt }) => !leftAt,
    );
    expect(open).toEqual([]);
    expect(await cut({ sessionIds: [session.id] })).toBe(0);
  });

  it('cuts a browser that neither reads nor answers within a second', async () => {
    const client = await gateway.join(session, visitor);
    client.stall();
    const started = performance.now();
    expect(await cut({ participantIds: [visitor.participant.id] })).toBe(1);
    expect(performance.now() - started).toBeLessThan(1000);
    client.resume();
    await client.closed();
  });

  it('cuts a join that still waits for guacd', async () => {
    await guacd.stop();
    guacd = await FakeGuacd.start(gateway.endpoints(session).guacd, false);
    const joining = gateway.join(session, visitor);
    while (guacd.sockets.length === 0) await wait(5);
    expect(await cut({ participantIds: [visitor.participant.id] })).toBe(1);
    expect((await joining).closing?.reason).toBe('sessions.cut-off');
  });

  it('stops reading from guacd for a browser that stalls', async () => {
    const client = await gateway.join(session, patient);
    client.stall();
    const flood = Buffer.from(instruction('sync', 1).repeat(6000));
    const socket = guacd.sockets[0]!;
    let written = 0;
    const fill = () => {
      while (written < 256 * 1024 * 1024 && socket.write(flood)) written += flood.length;
    };
    socket.on('drain', fill);
    fill();
    // It fills until everybody is full, however slow the machine is, and then stands still.
    for (let before = -1; written !== before; await wait(1_000)) before = written;
    // What the kernel holds of two sockets, and a little of our own.
    expect(written).toBeLessThan(16 * 1024 * 1024);
    socket.removeAllListeners('drain');
    client.resume();
    await client.until(() => (client.counts['sync'] ?? 0) > 6000);
    await client.close();
  });

  it('bounds the tunnels of one person', async () => {
    const clients = [];
    for (let count = 0; count < 6; count++) clients.push(await gateway.join(session, patient));
    expect((await gateway.join(session, patient)).closing?.reason).toBe('kernel.too-many-requests');
    await Promise.all(clients.map((client) => client.close()));
  });

  it('keeps places for whoever let the others in', async () => {
    const [one, other] = [visitor, await gateway.visitor()];
    const clients = [];
    for (const person of [one, one, one, one, one, other, other, other, other, other])
      clients.push(await gateway.join(session, person));
    expect(clients.map(({ closing }) => closing)).toEqual(clients.map(() => undefined));
    expect((await gateway.join(session, await gateway.visitor())).closing?.reason).toBe(
      'kernel.too-many-requests',
    );
    for (let page = 0; page < 2; page++) clients.push(await gateway.join(session, patient));
    expect(clients.at(-1)?.closing).toBeUndefined();
    // The display is full.
    expect((await gateway.join(session, patient)).closing?.reason).toBe('kernel.too-many-requests');
    await Promise.all(clients.map((client) => client.close()));
  });

  it.each([
    ['no ticket', '/display', 401],
    ['a ticket of no form', '/display?ticket=../../x', 401],
    ['another path', '/api/echo', 404],
    ['a path of no form', '//', 400],
  ])('answers an upgrade with %s by plain HTTP', async (_name, path, status) => {
    const answered = await new Promise<{ status: number | undefined; type: string | undefined }>(
      (resolve, reject) => {
        const call = request(gateway.url, {
          path,
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            origin: 'http://localhost:8080',
            'sec-websocket-protocol': 'guacamole',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          },
        });
        call.on('response', (response) => {
          resolve({ status: response.statusCode, type: response.headers['content-type'] });
          response.destroy();
        });
        call.on('error', reject).end();
      },
    );
    expect(answered).toEqual({ status, type: 'application/problem+json' });
  });

  it('leaves a socket that is reset in the middle of its upgrade', async () => {
    const ticket = await gateway.ticket(session, patient);
    for (let round = 0; round < 50; round++) {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `GET /display?ticket=${ticket} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Origin: http://localhost:8080\r\nSec-WebSocket-Protocol: guacamole\r\n\r\n',
      );
      await wait(round % 7);
      socket.resetAndDestroy();
    }
    const client = await gateway.join(session, patient);
    expect(client.uuid).toBeDefined();
    await client.close();
  });
});

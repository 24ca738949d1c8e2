import { mkdirSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { newId } from '@vitrine/kernel';
import { handControlKey, hostKeysFrom, PermitSigner } from '@vitrine/session-host';
import { LiveConnections, Session } from '@vitrine/sessions';
import { FakeGuacd } from '../../testing/fake-guacd.js';
import { GatewayHarness, type Person } from '../../testing/gateway-harness.js';
import { CheckedDialler, Dialler } from './dialler.js';

const KEYS = hostKeysFrom(Buffer.alloc(32, 7));
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the ways out of sessions', () => {
  let gateway: GatewayHarness;
  const bridges: FakeGuacd[] = [];
  let server: Server;
  let target: string;
  let session: Session;
  let patient: Person;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    gateway = await GatewayHarness.start();
    mkdirSync(join(gateway.settings.runDir, 'host'), { recursive: true });
    handControlKey(gateway.settings.runDir, KEYS, undefined);
    server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    target = `tools.example.org:${(server.address() as AddressInfo).port}`;
    const local = new CheckedDialler(
      () => Promise.resolve(['127.0.0.1']),
      () => true,
    );
    jest
      .spyOn(gateway.app.get(Dialler, { strict: false }), 'dial')
      .mockImplementation((to, signal) => local.dial(to, signal));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await gateway.stop();
  });
  beforeEach(async () => {
    patient = await gateway.account();
  });
  afterEach(() => Promise.all(bridges.splice(0).map((guacd) => guacd.stop())));

  /** A session that runs, as its row says and, unless told otherwise, as its permit does. */
  const run = async (permitted: readonly string[] = [target], keys = KEYS, fields: Partial<Session> = {}) => {
    const id = newId();
    mkdirSync(join(gateway.settings.runDir, 'sessions', id, 'egress'), { recursive: true });
    const { participant } = patient;
    session = await gateway.session({
      id,
      startedBy: { kind: 'account', id: participant.id, name: participant.name },
      permit: new PermitSigner(keys.control).sign({
        sessionId: id,
        by: { kind: 'account', id: participant.id },
        patientId: newId(),
        imageDigest: 'sha256:0',
        isolation: 'standard',
        blobs: '',
        egress: permitted,
        until: new Date(Date.now() + 60_000).toISOString(),
      }),
      plan: {
        network: 'none',
        resources: { cpus: 1, memoryMiB: 256, pids: 64, scratchMiB: 64 },
        registration: null,
        guacdDigest: 'sha256:0',
        bytes: 0,
        files: 0,
        egress: [target],
      },
      ...fields,
    });
    bridges.push(await FakeGuacd.start(gateway.endpoints(session).guacd));
    return session;
  };
  const dial = ({ id } = session) => {
    const path = join(gateway.settings.runDir, 'sessions', id, 'egress', 'proxy.sock');
    let heard = '';
    const socket = connect(path).on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write(`CONNECT ${target} HTTP/1.1\r\n\r\n`);
    return { heard: () => heard, socket, closed };
  };
  /** A guest's connection that is answered. */
  const speak = async () => {
    for (;;) {
      const line = dial();
      await Promise.race([line.closed, until(() => line.heard().includes('200 '))]);
      if (line.heard().includes('200 ')) return line;
      await wait(50);
    }
  };
  const until = async (seen: () => boolean | Promise<boolean>) => {
    for (const giveUp = Date.now() + 10_000; !(await seen()); await wait(10))
      if (Date.now() > giveUp) throw new Error('it did not come');
  };
  const lines = async () =>
    (await gateway.database.dataSource.manager.findBy(AuditEvent, { patientId: session.patientId })).filter(
      ({ action }) => action.startsWith('session.egress'),
    );
  const row = () => gateway.database.dataSource.manager.findOneByOrFail(Session, { id: session.id });
  /** Nobody answers there, although the rows were looked at since: a session that came later has its way out. */
  const staysShut = async (...shut: readonly Session[]) => {
    await run();
    (await speak()).socket.destroy();
    for (const one of shut) {
      const line = dial(one);
      await line.closed;
      expect(line.heard()).toBe('');
    }
    session = shut[0]!;
  };

  it('lead from a guest to a computer of its list, with a line before anything is sent', async () => {
    await run();
    const line = await speak();
    expect((await lines()).map(({ action, details }) => [action, details])).toEqual([
      ['session.egress-began', { target }],
    ]);
    line.socket.write('hello');
    await until(() => line.heard().includes('HELLO'));
    line.socket.destroy();
  });

  it('stay open while the patient alone looks, from however many windows', async () => {
    await run();
    const line = await speak();
    const [first, second] = [await gateway.join(session, patient), await gateway.join(session, patient)];
    line.socket.write('hello');
    await until(() => line.heard().includes('HELLO'));
    expect((await row()).egressClosedAt).toBeNull();
    await Promise.all([first.close(), second.close()]);
    line.socket.destroy();
  });

  it('end for good before somebody else sees anything', async () => {
    await run();
    const line = await speak();
    line.socket.write('hello');
    await until(() => line.heard().includes('HELLO'));
    const visitor = await gateway.join(session, await gateway.visitor());
    await line.closed;
    expect((await row()).egressClosedAt).not.toBeNull();
    await visitor.close();
    await staysShut(session);
    await until(async () => (await lines()).length === 3);
    const all = await lines();
    expect(all.map(({ action }) => action).sort()).toEqual([
      'session.egress-began',
      'session.egress-closed',
      'session.egress-ended',
    ]);
    expect(all.find(({ action }) => action === 'session.egress-closed')?.details).toEqual({
      reason: 'somebody-joined',
    });
    expect(all.find(({ action }) => action === 'session.egress-ended')?.details).toMatchObject({
      target,
      allowed: 1,
      bytesOut: 5,
      bytesIn: 5,
    });
  });

  it('end when the admin takes the computer off the list', async () => {
    await run();
    const line = await speak();
    await gateway.database.dataSource.manager.update(
      Session,
      { id: session.id },
      { egressClosedAt: new Date().toISOString() },
    );
    await new LiveConnections(gateway.settings).cut({ egressOf: [session.id] });
    await line.closed;
    await staysShut(session);
  });

  it('end by the row alone, where nobody could ask for it', async () => {
    await run();
    const line = await speak();
    await gateway.database.dataSource.manager.update(Session, { id: session.id }, { state: 'stopping' });
    await line.closed;
  });

  it('do not open for sessions without a permit that says so, that do not run, or that had somebody in them', async () => {
    const stranger = hostKeysFrom(Buffer.alloc(32, 8));
    await staysShut(
      await run([]),
      await run(undefined, stranger),
      await run(undefined, KEYS, { permit: null }),
      await run(undefined, KEYS, { state: 'starting' }),
      await run(undefined, KEYS, { egressClosedAt: '2026-01-31T09:30:00.000Z' }),
    );
  });
});

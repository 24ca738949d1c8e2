import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Grant, ShareLink, type Control } from '@vitrine/delegation';
import { SignIn } from '@vitrine/identity';
import { createLogger, hashSecret, newId, newSecret, readSettings, type Settings } from '@vitrine/kernel';
import { databaseKeySocket, serveDatabaseKey } from '@vitrine/persistence';
import {
  environmentOf,
  TEST_DATABASE_KEY,
  testDatabase,
  type TestDatabase,
} from '@vitrine/persistence/testing';
import { Session, sessionEndpoints, TicketService, type ParticipantRef } from '@vitrine/sessions';
import { GuacamoleClient, readySession } from '@vitrine/sessions/testing';
import { DataSource } from 'typeorm';
import { createApp } from '../src/create-app.js';
import { FirstSweep } from '../src/display/first-sweep.js';
import { ENTITIES } from '../src/entities.js';

const HOUR_MS = 3_600_000;
const ORIGIN = 'http://localhost:8080';
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

export interface Person {
  readonly participant: ParticipantRef;
  readonly control: Control;
  readonly cookieSecret: string;
}

/** The real gateway on a free port, over a database and a run folder of its own. */
export class GatewayHarness {
  private constructor(
    readonly app: NestExpressApplication,
    readonly database: TestDatabase,
    readonly settings: Settings,
    readonly url: string,
  ) {}

  static async start(portalDir = '/nowhere'): Promise<GatewayHarness> {
    const database = await testDatabase(ENTITIES);
    const runDir = mkdtempSync(join(tmpdir(), 'vitrine-run-'));
    const settings = readSettings({
      ...environmentOf(database.place),
      VITRINE_RUN_DIR: runDir,
      VITRINE_PORT: '0',
      VITRINE_PUBLIC_URL: ORIGIN,
      VITRINE_PORTAL_DIR: portalDir,
    });
    const keyDoor = await serveDatabaseKey(databaseKeySocket(runDir), TEST_DATABASE_KEY);
    const app = await createApp(settings, createLogger('test', process.env['LOG_LEVEL'] ?? 'silent'));
    keyDoor.close();
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const harness = new GatewayHarness(app, database, settings, `http://127.0.0.1:${port}`);
    await harness.swept();
    return harness;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.database.close();
    rmSync(this.settings.runDir, { recursive: true, force: true });
  }

  async session(fields: Partial<Session> = {}): Promise<Session> {
    const session = readySession({ lastInputAt: new Date(0).toISOString(), ...fields });
    await this.database.dataSource.manager.insert(Session, session);
    return session;
  }

  /** For many rounds: what a test writes need not survive a power cut. A PostgreSQL for tests never flushes. */
  async writeCarelessly(): Promise<void> {
    for (const source of [this.database.dataSource, this.app.get(DataSource, { strict: false })])
      if (source.options.type !== 'postgres') await source.query('PRAGMA synchronous = OFF');
  }

  endpoints(session: Session) {
    return sessionEndpoints(this.settings.runDir, session.id);
  }

  /** Somebody who is signed in. */
  async account(): Promise<Person> {
    const cookieSecret = newSecret();
    const id = newId();
    const now = new Date().toISOString();
    await this.database.dataSource.manager.insert(SignIn, {
      id: newId(),
      secretHash: hashSecret(cookieSecret),
      accountId: id,
      userAgent: 'test',
      createdAt: now,
      lastSeenAt: now,
      expiresAt: inMs(HOUR_MS),
    });
    return { participant: { kind: 'account', id, name: 'Ada' }, control: 'control', cookieSecret };
  }

  /** Somebody who came by a share link. */
  async visitor(control: Control = 'view', expiresInMs = HOUR_MS): Promise<Person> {
    const cookieSecret = newSecret();
    const [id, linkId] = [newId(), newId()];
    const now = new Date().toISOString();
    const { manager } = this.database.dataSource;
    await manager.insert(ShareLink, {
      id: linkId,
      secretHash: hashSecret(newSecret()),
      patientId: newId(),
      itemIds: [],
      viewerId: 'aeskulap',
      sessionId: null,
      control,
      label: 'Dr Weber',
      recipientEmail: null,
      passcodeHash: null,
      maximumUses: 1,
      createdAt: now,
      expiresAt: inMs(HOUR_MS),
      revokedAt: null,
    });
    await manager.insert(Grant, {
      id,
      linkId,
      secretHash: hashSecret(cookieSecret),
      visitorName: 'Weber',
      sessionId: null,
      createdAt: now,
      expiresAt: inMs(expiresInMs),
      revokedAt: null,
    });
    return { participant: { kind: 'visitor', id, name: 'Weber', linkId }, control, cookieSecret };
  }

  ticket(session: Session, person: Person): Promise<string> {
    const tickets = this.app.get(TicketService, { strict: false });
    return this.database.transactor.run((manager) =>
      tickets.issue(manager, {
        sessionId: session.id,
        participant: person.participant,
        control: person.control,
        cookieHash: hashSecret(person.cookieSecret),
        origin: ORIGIN,
      }),
    );
  }

  /** Gets a ticket and connects with it, as this person's browser does. */
  async join(session: Session, person: Person): Promise<GuacamoleClient> {
    return this.present(await this.ticket(session, person), person);
  }

  present(ticket: string, person: Person, origin = ORIGIN): Promise<GuacamoleClient> {
    return GuacamoleClient.connect({ gateway: this.url, ticket, origin, cookie: cookieOf(person) });
  }

  /** As a browser whose page is closed so many milliseconds after it connected. */
  async presentAndLeave(ticket: string, person: Person, afterMs: number): Promise<void> {
    const socket = connect(Number(new URL(this.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const key = Buffer.alloc(16).toString('base64');
    socket.write(
      [
        `GET /display?ticket=${ticket} HTTP/1.1`,
        ...['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', `Origin: ${ORIGIN}`],
        ...[`Cookie: ${cookieOf(person)}`, 'Sec-WebSocket-Protocol: guacamole'],
        ...['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`, '', ''],
      ].join('\r\n'),
    );
    setTimeout(() => socket.destroy(), afterMs);
    await closed;
  }

  private async swept(): Promise<void> {
    const sweep = this.app.get(FirstSweep, { strict: false });
    for (let attempt = 0; attempt < 100; attempt++) {
      try {
        sweep.assertDone();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    throw new Error('the gateway did not get ready');
  }
}

const cookieOf = ({ participant, cookieSecret }: Person): string =>
  `${participant.kind === 'account' ? 'vitrine_sign_in' : 'vitrine_visit'}=${cookieSecret}`;

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditEvent, AuditService } from '@vitrine/audit';
import { Grant, ShareLink } from '@vitrine/delegation';
import { SignIn } from '@vitrine/identity';
import { hashSecret, newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { readySession } from '../testing/index.js';
import { Participation } from './participation.entity.js';
import { ParticipationService } from './participation.service.js';
import { Session } from './session.entity.js';
import { Ticket } from './ticket.entity.js';
import { TicketService, type TicketRequest } from './ticket.service.js';

const ORIGIN = 'https://vitrine.example';
const HOUR_MS = 3_600_000;

describe('TicketService', () => {
  let database: TestDatabase;
  let clock: FakeClock;
  let tickets: TicketService;
  let participations: ParticipationService;
  let session: Session;
  const [accountId, grantId, linkId] = [newId(), newId(), newId()];
  const cookieHash = hashSecret('cookie');

  beforeEach(async () => {
    database = await testDatabase([AuditEvent, Grant, ShareLink, SignIn, Participation, Session, Ticket]);
    const { manager } = database.dataSource;
    clock = new FakeClock();
    const audit = new AuditService(manager.getRepository(AuditEvent), clock);
    tickets = new TicketService(manager.getRepository(Ticket), database.transactor, audit, clock);
    participations = new ParticipationService(
      manager.getRepository(Participation),
      database.transactor,
      audit,
      clock,
    );
    const now = clock.instant();
    const startedBy = { kind: 'account' as const, id: accountId, name: 'Ada' };
    session = readySession({ startedBy, viewerId: 'ohif' }, Date.parse(now));
    await manager.insert(Session, session);
    await manager.insert(SignIn, {
      id: newId(),
      secretHash: cookieHash,
      accountId,
      userAgent: 'test',
      createdAt: now,
      lastSeenAt: now,
      expiresAt: clock.inMs(2 * HOUR_MS),
    });
    await manager.insert(ShareLink, {
      id: linkId,
      secretHash: 'l',
      patientId: session.patientId,
      itemIds: [],
      viewerId: 'ohif',
      sessionId: null,
      control: 'view',
      label: 'Dr Weber',
      recipientEmail: null,
      passcodeHash: null,
      maximumUses: 1,
      createdAt: now,
      expiresAt: clock.inMs(HOUR_MS),
      revokedAt: null,
    });
    await manager.insert(Grant, {
      id: grantId,
      linkId,
      secretHash: cookieHash,
      visitorName: 'Weber',
      sessionId: session.id,
      createdAt: now,
      expiresAt: clock.inMs(HOUR_MS / 2),
      revokedAt: null,
    });
  });
  afterEach(() => database.close());

  const account = { kind: 'account', id: accountId, name: 'Ada' } as const;
  const visitor = { kind: 'visitor', id: grantId, name: 'Weber', linkId } as const;
  const issue = (request: Partial<TicketRequest> = {}) =>
    database.transactor.run((manager) =>
      tickets.issue(manager, {
        sessionId: session.id,
        participant: account,
        control: 'control',
        cookieHash,
        origin: ORIGIN,
        ...request,
      }),
    );
  const redeem = (secret: string, shown = {}) =>
    tickets.redeem({ secret, cookieHashes: [cookieHash], origin: ORIGIN, ...shown });
  const refused = (code: string) => expect.objectContaining({ code });

  it('keeps only the hash of a secret of 256 bits', async () => {
    const secret = await issue();
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const rows: unknown = await database.dataSource.query('SELECT * FROM ticket');
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('records the join with a line in the same transaction, and says until when it lasts', async () => {
    const join = await redeem(await issue({ participant: visitor, control: 'view' }));
    expect(join).toMatchObject({ sessionId: session.id, control: 'view', closesAt: clock.inMs(HOUR_MS / 2) });
    const { manager } = database.dataSource;
    expect(await manager.findBy(Participation, { sessionId: session.id })).toMatchObject([
      { id: join.participationId, participantId: grantId, leftAt: null },
    ]);
    expect(await manager.findBy(AuditEvent, { patientId: session.patientId })).toMatchObject([
      { action: 'session.joined', agent: { kind: 'visitor', id: grantId }, details: { control: 'view' } },
    ]);
  });

  it('ends the way out of the session in the same transaction when somebody else joins, and only then', async () => {
    const { manager } = database.dataSource;
    const plan = { ...session.plan, egress: ['tools.example.org'] };
    await manager.update(Session, { id: session.id }, { plan });
    expect(await redeem(await issue())).toMatchObject({ endsEgress: false });
    expect(await manager.findOneBy(Session, { id: session.id })).toMatchObject({ egressClosedAt: null });
    for (let twice = 0; twice < 2; twice++)
      expect(await redeem(await issue({ participant: visitor, control: 'view' }))).toMatchObject({
        endsEgress: true,
      });
    expect(await manager.findOneBy(Session, { id: session.id })).toMatchObject({
      egressClosedAt: clock.instant(),
    });
    expect(await manager.findBy(AuditEvent, { action: 'session.egress-closed' })).toMatchObject([
      { details: { reason: 'somebody-joined' } },
    ]);
  });

  it('is used once, even when presented many times at once', async () => {
    const secret = await issue();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => redeem(secret)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await database.dataSource.manager.count(Participation)).toBe(1);
  });

  it('lasts thirty seconds', async () => {
    const secret = await issue();
    clock.advance(30_000);
    await expect(redeem(secret)).rejects.toEqual(refused('sessions.ticket-refused'));
  });

  it('is not used up by a stranger who holds it', async () => {
    const secret = await issue();
    for (const shown of [
      { cookieHashes: [] },
      { cookieHashes: [hashSecret('other')] },
      { origin: 'https://evil.example' },
    ])
      await expect(redeem(secret, shown)).rejects.toEqual(refused('sessions.ticket-refused'));
    await expect(redeem(secret)).resolves.toMatchObject({ sessionId: session.id });
  });

  it.each([
    [
      'a session that is over',
      () => database.dataSource.manager.update(Session, { id: session.id }, { state: 'ended' }),
      'sessions.ended',
    ],
    [
      'a session that stops',
      () => database.dataSource.manager.update(Session, { id: session.id }, { state: 'stopping' }),
      'sessions.ended',
    ],
    [
      'a session that starts',
      () => database.dataSource.manager.update(Session, { id: session.id }, { state: 'starting' }),
      'sessions.not-ready',
    ],
    [
      'a session whose time is up',
      () => database.dataSource.manager.update(Session, { id: session.id }, { expiresAt: clock.instant() }),
      'sessions.time-up',
    ],
    [
      'a revoked grant',
      () => database.dataSource.manager.update(Grant, { id: grantId }, { revokedAt: clock.instant() }),
      'delegation.link-revoked',
    ],
    [
      'a revoked link',
      () => database.dataSource.manager.update(ShareLink, { id: linkId }, { revokedAt: clock.instant() }),
      'delegation.link-revoked',
    ],
    [
      'a grant whose time is up',
      () => database.dataSource.manager.update(Grant, { id: grantId }, { expiresAt: clock.instant() }),
      'delegation.link-expired',
    ],
    [
      'a grant of another browser',
      () => database.dataSource.manager.update(Grant, { id: grantId }, { secretHash: 'x' }),
      'sessions.ticket-refused',
    ],
  ])('is refused for %s, and nothing is recorded', async (_name, change, code) => {
    const secret = await issue({ participant: visitor, control: 'view' });
    await change();
    await expect(redeem(secret)).rejects.toEqual(refused(code));
    expect(await database.dataSource.manager.count(Participation)).toBe(0);
    expect(await database.dataSource.manager.count(AuditEvent)).toBe(0);
  });

  it('is refused after its owner signed out', async () => {
    const secret = await issue();
    await database.dataSource.manager.delete(SignIn, { accountId });
    await expect(redeem(secret)).rejects.toEqual(refused('identity.not-signed-in'));
  });

  it('marks a leave once', async () => {
    const { participationId } = await redeem(await issue());
    await participations.leave(participationId, 'closed-by-browser');
    await participations.leave(participationId, 'sessions.cut-off');
    const lines = await database.dataSource.manager.findBy(AuditEvent, { action: 'session.left' });
    expect(lines).toMatchObject([{ details: { reason: 'closed-by-browser' } }]);
  });

  it('marks everybody as gone when the gateway starts anew', async () => {
    await redeem(await issue());
    await redeem(await issue());
    expect(await participations.leaveAll()).toBe(2);
    expect(await participations.leaveAll()).toBe(0);
  });

  it('notes input, and never moves it back', async () => {
    clock.advance(60_000);
    await participations.touched(session.id);
    const later = clock.instant();
    clock.advance(-30_000);
    await participations.touched(session.id);
    expect(await database.dataSource.manager.findOneByOrFail(Session, { id: session.id })).toMatchObject({
      lastInputAt: later,
    });
  });
});

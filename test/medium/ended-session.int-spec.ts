import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { engineIsolations } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { hostSocketPath, readControlKey } from '@vitrine/session-host';
import { RawClient } from '@vitrine/session-host/testing';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { asWebUser } from '../support/as-web-user.js';
import { openDatabase } from '../support/database.js';
import { firstSignIn } from '../support/people.js';
import { NOTHING_LEFT, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
const ADMITTED_MS = 180_000;

interface Row {
  readonly patientId: string;
  readonly permit: string;
  readonly imageDigest: string;
}

/** Threat T8: somebody looked at a session that is over, and kept all that let them in. */
describe.each(engineIsolations())('whoever looked at a session within %s walls that is over', (isolation) => {
  const table: string[] = [];
  const note = (attempt: string, outcome: string) => table.push(`${attempt.padEnd(58)} ${outcome}`);
  let viewing: Viewing;
  let jane: ApiClient;
  let visitor: ApiClient;
  let link: { id: string; secret: string };
  let over: string;

  beforeAll(async () => {
    viewing = await Viewing.start();
    jane = viewing.patient;
    if (isolation !== 'standard') await putWalls();
    over = (await viewing.open(VIEWER)).id;
    const draft = { itemIds: viewing.itemIds, sessionId: over, label: 'Dr Weber', maximumUses: 5 };
    const made = await jane.call<{ link: { id: string }; url: string }>('POST', '/api/links', {
      ...draft,
      control: 'control',
    });
    link = { id: made.link.id, secret: made.url.split('#')[1] ?? '' };
    visitor = new ApiClient(viewing.stack);
    await visitor.call('POST', '/api/visit/redeem', { secret: link.secret, name: 'Dr Weber' });
  }, 400_000);
  afterAll(async () => {
    process.stdout.write(`\nAfter the end of a session within ${isolation} walls:\n${table.join('\n')}\n`);
    await viewing.close();
  });

  const putWalls = async () => {
    const admin = await firstSignIn(
      viewing.stack,
      viewing.stack.people.find(({ role }) => role === 'admin'),
    );
    const path = `/api/admin/viewers/${VIEWER}`;
    await admin.call('POST', `${path}/isolation`, { isolation });
    for (const giveUp = Date.now() + ADMITTED_MS; Date.now() < giveUp;) {
      const { state } = await admin.call<{ state: string }>('GET', path);
      if (state === 'offered') return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error(`it was not admitted within ${isolation} walls`);
  };
  const ticketOf = async (viewer: ApiClient, path: string): Promise<string> =>
    (await viewer.call<{ ticket: string }>('POST', path)).ticket;
  const present = (viewer: ApiClient, ticket: string): Promise<GuacamoleClient> => {
    const { origin } = viewing.stack;
    return GuacamoleClient.connect({ gateway: origin, ticket, origin, cookie: viewer.cookieHeader }, 20_000);
  };
  const said = async (viewer: ApiClient, method: string, path: string, body?: unknown): Promise<string> => {
    const answer = await viewer.fetch(method, path, body);
    const text = await answer.text();
    return answer.ok ? 'DONE' : (JSON.parse(text) as { code: string }).code;
  };
  const rowOf = async (sessionId: string): Promise<Row> => {
    const database = await openDatabase(viewing.stack);
    const row = database
      .prepare('SELECT "patientId", permit, "imageDigest" FROM session WHERE id = ?')
      .get(sessionId);
    database.close();
    return row as Row;
  };
  const blobsOf = async (patientId: string): Promise<string[]> => {
    const database = await openDatabase(viewing.stack);
    const rows = database.prepare('SELECT "blobId" FROM record_file WHERE "patientId" = ?').all(patientId);
    database.close();
    return rows.map((row) => (row as { blobId: string }).blobId);
  };
  const askHost = async (name: string, question: unknown): Promise<string> => {
    const { runDir } = viewing.stack;
    const client = await RawClient.open(hostSocketPath(runDir), readControlKey(runDir));
    try {
      return await client.ask(name, question);
    } finally {
      client.close();
    }
  };
  const ending = (socket: Socket) =>
    new Promise<string>((resolve) => {
      socket.once('close', () => resolve('cut off'));
      socket.on('data', () => undefined);
    });

  it('sees and reaches nothing of it: no tunnel, ticket, socket or folder is good for anything', async () => {
    const tickets = `/api/sessions/${over}/tickets`;
    const used = await ticketOf(jane, tickets);
    const looking = await present(jane, used);
    const guest = await present(visitor, await ticketOf(visitor, '/api/visit/tickets'));
    await Promise.all([looking.firstFrame(), guest.firstFrame()]);
    const kept = {
      patient: await ticketOf(jane, tickets),
      visitor: await ticketOf(visitor, '/api/visit/tickets'),
    };
    const place = join(viewing.stack.runDir, 'sessions', over);
    const sockets = ['display/vnc.sock', 'guacd/guacd.sock'].map((name) => join(place, name));
    const held = sockets.map((path) => ending(connect(path)));

    await viewing.stop(over);

    for (const [who, client] of Object.entries({ patient: looking, visitor: guest })) {
      const { reason } = await client.closed();
      note(`the tunnel that was open, as ${who}`, reason);
      expect([who, reason]).toEqual([who, 'sessions.ended']);
    }
    for (const [who, ticket] of Object.entries(kept)) {
      const { closing } = await present(who === 'patient' ? jane : visitor, ticket);
      note(`a ticket that was not used, as ${who}`, closing?.reason ?? 'let in');
      expect([who, closing?.reason]).toEqual([who, 'sessions.ended']);
    }
    const again = (await present(jane, used)).closing?.reason;
    note('a ticket that was used', again ?? 'let in');
    expect(again).toMatch(/^sessions\.(ended|ticket-refused)$/);
    const fresh = [await said(jane, 'POST', tickets), await said(visitor, 'POST', '/api/visit/tickets')];
    note('a new ticket, as patient and as visitor', fresh.join(', '));
    expect(fresh).toEqual(['sessions.ended', 'sessions.ended']);
    expect(await Promise.all(held)).toEqual(['cut off', 'cut off']);
    note('a socket of its guests that was open', 'cut off');
    expect([existsSync(place), await viewing.left()]).toEqual([false, NOTHING_LEFT]);
    for (const path of sockets) {
      const outcome = asWebUser(`await connect(${JSON.stringify(path)})`);
      note(`connect to ${path.slice(place.length + 1)} where it was`, outcome);
      expect(outcome).toBe('ENOENT');
    }
    const taken = asWebUser(`fs.mkdirSync(${JSON.stringify(place)})`);
    note('put something in the place of its folder', taken);
    expect(taken).toMatch(/^(EACCES|EPERM)$/);
  });

  it('cannot have it shown again under its id, by its own permit', async () => {
    const { patientId, permit } = await rowOf(over);
    const blobIds = await blobsOf(patientId);
    const claim = { patientId, blobIds, bytes: 100_000, files: blobIds.length, scratch: false };
    expect(await askHost('prepare', { sessionId: over, candidate: false })).toBe('DONE');
    const outcome = await askHost('attach', { sessionId: over, permit, claim });
    expect(await askHost('remove', { sessionId: over })).toBe('DONE');
    note('the same id and permit once more', outcome);
    expect(outcome).toMatch(/^sessions\.not-permitted/);
  });

  it('gets by the link that let them in another session, which the host checks as it does the patient’s own', async () => {
    expect(await visitor.call<{ session: unknown }>('GET', '/api/visit')).toMatchObject({ session: null });
    const { id } = await visitor.call<SessionView>('POST', '/api/visit/open');
    expect(id).not.toBe(over);
    await jane.untilSession(id, ({ state }) => state === 'ready');
    note('the link of it', 'another session');

    const { patientId, permit } = await rowOf(id);
    const signed = JSON.parse(
      Buffer.from(permit.split('.')[0] ?? '', 'base64url').toString('utf8'),
    ) as unknown[];
    expect(signed.slice(1, 5)).toEqual([id, 'visitor', expect.any(String), patientId]);
    const blobIds = await blobsOf(patientId);
    const claim = { patientId, blobIds, bytes: 100_000, files: blobIds.length, scratch: false };
    const bySomebodyElse = (change: readonly (readonly [number, unknown])[]): string => {
      const fields = [...signed];
      for (const [index, value] of change) fields[index] = value;
      return `${Buffer.from(JSON.stringify(fields)).toString('base64url')}.${permit.split('.')[1] ?? ''}`;
    };
    const fresh = newId();
    expect(await askHost('prepare', { sessionId: fresh, candidate: false })).toBe('DONE');
    const tries: Record<string, object> = {
      'a visitor’s permit for another session': { sessionId: fresh, permit, claim },
      'a visitor’s permit for another patient': {
        sessionId: id,
        permit,
        claim: { ...claim, patientId: newId() },
      },
      'a visitor’s permit for other files': {
        sessionId: id,
        permit,
        claim: { ...claim, blobIds: [...blobIds.slice(1), newId()] },
      },
      'a visitor’s permit in the patient’s name': {
        sessionId: id,
        permit: bySomebodyElse([[2, 'account']]),
        claim,
      },
      'a visitor’s permit for longer': {
        sessionId: id,
        permit: bySomebodyElse([[8, '2999-01-01T00:00:00.000Z']]),
        claim,
      },
      'a visitor’s permit on another session’s name': {
        sessionId: fresh,
        permit: bySomebodyElse([[1, fresh]]),
        claim,
      },
      'a visitor’s session without a permit': { sessionId: fresh, permit: null, claim },
    };
    for (const [attempt, question] of Object.entries(tries)) {
      const outcome = await askHost('attach', question);
      note(attempt, outcome);
      expect([attempt, outcome]).toEqual([attempt, expect.stringMatching(/^sessions\.not-permitted/)]);
    }
    expect(await askHost('remove', { sessionId: fresh })).toBe('DONE');
  });

  it('has nothing any more when the link has ended, too: what they started ends with it', async () => {
    const [running] = await viewing.sessions();
    const ticket = await ticketOf(visitor, '/api/visit/tickets');
    await jane.call('POST', `/api/links/${link.id}/revoke`);
    const { closing } = await present(visitor, ticket);
    note('a ticket of a link that was ended', closing?.reason ?? 'let in');
    expect(closing?.reason).toMatch(/^(delegation\.link-revoked|sessions\.ended)$/);
    for (const [attempt, outcome] of Object.entries({
      'the visit’s cookie: a ticket': await said(visitor, 'POST', '/api/visit/tickets'),
      'the visit’s cookie: another session': await said(visitor, 'POST', '/api/visit/open'),
      'the visit’s cookie: a look': await said(visitor, 'GET', '/api/visit'),
      'the link’s secret once more': await said(new ApiClient(viewing.stack), 'POST', '/api/visit/redeem', {
        secret: link.secret,
        name: 'Dr Weber',
      }),
    })) {
      note(attempt, outcome);
      expect([attempt, outcome]).toEqual([attempt, expect.stringMatching(/^(delegation|identity)\./)]);
    }
    const ended = await jane.untilSession(running?.id ?? '', ({ state }) => state === 'ended');
    expect(ended.endReason).toBe('revoked');
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  });
});

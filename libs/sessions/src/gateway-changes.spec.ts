import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Subscription } from 'rxjs';
import { newId } from '@vitrine/kernel';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { readySession } from '../testing/index.js';
import { GatewayChanges } from './gateway-changes.js';
import { Participation } from './participation.entity.js';
import { Session } from './session.entity.js';

const LOOK_MS = 1_000;

describe('what the gateway writes of sessions that are followed', () => {
  let database: TestDatabase;
  let changes: GatewayChanges;
  let looks: number;
  const followers: Subscription[] = [];

  beforeEach(async () => {
    database = await testDatabase([Participation, Session]);
    const { manager } = database.dataSource;
    const sessions = manager.getRepository(Session);
    looks = 0;
    const find = sessions.find.bind(sessions);
    sessions.find = (options) => {
      looks++;
      return find(options);
    };
    changes = new GatewayChanges(sessions, manager.getRepository(Participation));
  });
  afterEach(async () => {
    for (const one of followers.splice(0)) one.unsubscribe();
    await looked();
    await database.close();
  });

  const added = async () => {
    const session = readySession();
    await database.dataSource.manager.insert(Session, session);
    return session.id;
  };
  const follow = (sessionId: string) => {
    const seen = { times: 0 };
    followers.push(changes.of(sessionId).subscribe(() => seen.times++));
    return seen;
  };
  /** Long enough for one look, also where something else is at work. */
  const looked = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS * 1.5));
  const join = async (sessionId: string) => {
    const id = newId();
    const participant = { kind: 'account' as const, id: newId(), name: 'Ada' };
    await database.dataSource.manager.insert(Participation, {
      id,
      sessionId,
      participantId: participant.id,
      participant,
      control: 'view',
      joinedAt: new Date(0).toISOString(),
      leftAt: null,
    });
    return id;
  };

  it('is told to those who follow that session, and to nobody else', async () => {
    const [one, other] = [await added(), await added()];
    const [seen, seenOfOther] = [follow(one), follow(other)];
    await looked();
    const before = { one: seen.times, other: seenOfOther.times };
    const id = await join(one);
    await looked();
    expect(seen.times).toBe(before.one + 1);
    await database.dataSource.manager.update(Participation, { id }, { leftAt: new Date(1).toISOString() });
    await looked();
    expect(seen.times).toBe(before.one + 2);
    await database.dataSource.manager.update(Session, one, { lastInputAt: new Date(2).toISOString() });
    await looked();
    expect(seen.times).toBe(before.one + 3);
    await database.dataSource.manager.update(Session, one, { egressClosedAt: new Date(3).toISOString() });
    await looked();
    expect(seen.times).toBe(before.one + 4);
    expect(seenOfOther.times).toBe(before.other);
  });

  it('is looked for once for all who follow, and not at all when nobody does any more', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, added));
    const seen = ids.map(follow);
    await looked();
    await looked();
    expect(seen.every(({ times }) => times > 0)).toBe(true);
    expect(looks).toBeLessThanOrEqual(4);
    for (const one of followers.splice(0)) one.unsubscribe();
    await looked();
    const before = looks;
    await looked();
    expect(looks).toBe(before);
  });
});

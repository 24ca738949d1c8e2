import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { AuditEvent } from './audit-event.entity.js';
import { AuditService, SYSTEM_AGENT, type AuditEntry } from './audit.service.js';

describe('AuditService', () => {
  const clock = new FakeClock();
  let database: TestDatabase;
  let audit: AuditService;

  beforeEach(async () => {
    database = await testDatabase([AuditEvent]);
    audit = new AuditService(database.dataSource.getRepository(AuditEvent), clock);
  });
  afterEach(() => database.close());

  const record = (entry: Partial<AuditEntry> = {}) =>
    database.transactor.run((manager) =>
      audit.record(manager, { action: 'record.added', agent: SYSTEM_AGENT, patientId: 'jane', ...entry }),
    );
  const sql = (statement: string) => database.dataSource.query(statement);
  const count = () => database.dataSource.getRepository(AuditEvent).count();

  it('stores who did what with which outcome, and when', async () => {
    await record({
      action: 'link.made',
      agent: { kind: 'account', id: 'a', name: 'Jane' },
      entities: [{ kind: 'link', id: 'l', label: 'Dr Weber' }],
      details: { control: 'view', maximumUses: 1, passcode: false },
    });
    expect(await audit.ofPatient('jane', 10)).toEqual([
      {
        sequence: 1,
        at: clock.instant(),
        patientId: 'jane',
        action: 'link.made',
        outcome: 'success',
        agent: { kind: 'account', id: 'a', name: 'Jane' },
        entities: [{ kind: 'link', id: 'l', label: 'Dr Weber' }],
        details: { control: 'view', maximumUses: 1, passcode: false },
      },
    ]);
  });

  it('leaves no line of an act that was undone', async () => {
    const undone = database.transactor.run(async (manager) => {
      await audit.record(manager, { action: 'record.added', agent: SYSTEM_AGENT, patientId: 'jane' });
      throw new Error('the act failed');
    });
    await expect(undone).rejects.toThrow('the act failed');
    expect(await count()).toBe(0);
  });

  it('shows a patient only what concerns them, latest first, page by page', async () => {
    for (let n = 0; n < 5; n++) await record({ details: { n } });
    await record({ patientId: 'joe' });
    await record({ patientId: null });
    const first = await audit.ofPatient('jane', 3);
    expect(first.map(({ details }) => details['n'])).toEqual([4, 3, 2]);
    const rest = await audit.ofPatient('jane', 3, first.at(-1)!.sequence);
    expect(rest.map(({ details }) => details['n'])).toEqual([1, 0]);
  });

  it('orders by the sequence when the time of day is set back', async () => {
    await record({ details: { n: 1 } });
    clock.advance(-60_000);
    await record({ details: { n: 2 } });
    expect((await audit.ofPatient('jane', 2)).map(({ details }) => details['n'])).toEqual([2, 1]);
  });

  it.each([
    ['a change', `UPDATE audit_event SET outcome = 'refused'`],
    ['a change of one line', `UPDATE audit_event SET patientId = 'joe' WHERE sequence = 1`],
    ['a removal', `DELETE FROM audit_event`],
    [
      'a replacement',
      `INSERT OR REPLACE INTO audit_event (sequence, at, action, outcome, agent, entities, details)
       VALUES (1, '', 'record.added', 'success', '{}', '[]', '{}')`,
    ],
    [
      'a removal by way of a conflict',
      `INSERT INTO audit_event (sequence, at, action, outcome, agent, entities, details)
       VALUES (1, '', 'record.added', 'success', '{}', '[]', '{}') ON CONFLICT (sequence) DO UPDATE SET at = ''`,
    ],
  ])('is refused %s by the database itself', async (_, statement) => {
    await record();
    const before = await audit.ofPatient('jane', 10);
    await expect(sql(statement)).rejects.toThrow('append-only');
    expect(await audit.ofPatient('jane', 10)).toEqual(before);
    await record();
    expect(await count()).toBe(2);
  });
});

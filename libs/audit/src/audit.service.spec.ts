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
    for (let n = 0; n < 5; n++) await record({ action: 'record.removed', details: { n } });
    await record({ patientId: 'joe' });
    await record({ patientId: null });
    const first = await audit.ofPatient('jane', 3);
    expect(first.map(({ details }) => details['n'])).toEqual([4, 3, 2]);
    const rest = await audit.ofPatient('jane', 3, first.at(-1)!.sequence);
    expect(rest.map(({ details }) => details['n'])).toEqual([1, 0]);
  });

  it('orders by the sequence when the time of day is set back', async () => {
    await record({ action: 'record.removed', details: { n: 1 } });
    clock.advance(-60_000);
    await record({ action: 'record.removed', details: { n: 2 } });
    expect((await audit.ofPatient('jane', 2)).map(({ details }) => details['n'])).toEqual([2, 1]);
  });

  describe('what is added image by image', () => {
    const pacs = { kind: 'account', id: 'w', name: 'Dr Weber' } as const;
    const added = (itemId: string, importId: string, entry: Partial<AuditEntry> = {}) =>
      record({
        agent: pacs,
        entities: [
          { kind: 'import', id: importId },
          { kind: 'item', id: itemId },
        ],
        details: { files: 1 },
        ...entry,
      });
    const told = async (limit = 10, before?: number) =>
      (await audit.ofPatient('jane', limit, before)).map(({ sequence, action, details }) => [
        sequence,
        action,
        details['files'],
      ]);

    it('is told as one act, and every line of it stays', async () => {
      for (let n = 0; n < 250; n++) {
        await added('ct', String(n));
        clock.advance(1_000);
      }
      expect(await told()).toEqual([[1, 'record.added', 250]]);
      expect(await count()).toBe(250);
    });

    it('is several acts by several people, for several things, and after a pause', async () => {
      await added('ct', '1');
      await added('mr', '2');
      await added('mr', '3', { agent: SYSTEM_AGENT });
      await added('mr', '4', { agent: SYSTEM_AGENT, outcome: 'failed' });
      clock.advance(16 * 60_000);
      await added('mr', '5', { agent: SYSTEM_AGENT, outcome: 'failed' });
      expect(await told()).toHaveLength(5);
    });

    it('is told once also where a page ends', async () => {
      for (let n = 0; n < 3; n++) await added('ct', String(n));
      await record({ action: 'record.removed' });
      for (let n = 3; n < 5; n++) await added('ct', String(n));
      expect(await told(1)).toEqual([[5, 'record.added', 2]]);
      expect(await told(2, 5)).toEqual([
        [4, 'record.removed', undefined],
        [1, 'record.added', 3],
      ]);
    });
  });

  it.each([
    ['a change', `UPDATE audit_event SET outcome = 'refused'`],
    ['a change of one line', `UPDATE audit_event SET "patientId" = 'joe' WHERE sequence = 1`],
    ['a removal', `DELETE FROM audit_event`],
    [
      'a removal by way of a conflict',
      `INSERT INTO audit_event (sequence, at, action, outcome, agent, entities, details)
       VALUES (1, '', 'record.added', 'success', '{}', '[]', '{}') ON CONFLICT (sequence) DO UPDATE SET at = ''`,
    ],
  ])('is refused %s by the database itself', async (_, statement) => {
    await refused(statement);
  });

  it('is refused what only one of the databases can do', async () => {
    await refused(
      database.dataSource.options.type === 'postgres'
        ? 'TRUNCATE audit_event'
        : `INSERT OR REPLACE INTO audit_event (sequence, at, action, outcome, agent, entities, details)
           VALUES (1, '', 'record.added', 'success', '{}', '[]', '{}')`,
    );
  });

  async function refused(statement: string): Promise<void> {
    await record();
    const before = await audit.ofPatient('jane', 10);
    await expect(sql(statement)).rejects.toThrow('append-only');
    expect(await audit.ofPatient('jane', 10)).toEqual(before);
    await record();
    expect(await count()).toBe(2);
  }
});

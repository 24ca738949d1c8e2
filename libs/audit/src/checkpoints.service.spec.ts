import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, Problem } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { MemoryNotary } from '@vitrine/sealing/testing';
import { APPEND_ONLY_SQL } from './append-only.js';
import { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { AuditEvent } from './audit-event.entity.js';
import { AuditService, SYSTEM_AGENT } from './audit.service.js';
import { ActsRefused, Checkpoints } from './checkpoints.service.js';
import { verifyActs } from './verify-acts.js';

describe('the signed record of acts', () => {
  let database: TestDatabase;
  let notary: MemoryNotary;
  let audit: AuditService;

  beforeEach(async () => {
    database = await testDatabase([AuditEvent, AuditCheckpoint]);
    notary = new MemoryNotary();
    audit = new AuditService(database.dataSource.getRepository(AuditEvent), new FakeClock());
  });
  afterEach(() => database.close());

  const checkpoints = () =>
    new Checkpoints(database.dataSource, database.transactor, notary, createLogger('test', 'silent'));
  const record = async (count: number) => {
    for (let n = 0; n < count; n++)
      await database.transactor.run((manager) =>
        audit.record(manager, {
          action: 'link.made',
          agent: { ...SYSTEM_AGENT, name: `Zoë ${n}` },
          patientId: n % 2 === 0 ? 'jane' : null,
          details: { n },
        }),
      );
  };
  const stored = () => database.dataSource.manager.find(AuditCheckpoint, { order: { number: 'ASC' } });
  const verified = async () => verifyActs(database.dataSource.manager, await notary.state());
  /** As somebody who has the key of the database: the triggers are no wall for them. */
  const tamper = async (statement: string) => {
    const isServer = database.dataSource.options.type === 'postgres';
    for (const [, trigger, table] of APPEND_ONLY_SQL.map(
      (sql) => /"(\w+)" BEFORE.*? ON "(\w+)"/.exec(sql) ?? [],
    ))
      await database.dataSource.query(
        isServer
          ? `DROP TRIGGER IF EXISTS "${trigger}" ON "${table}"`
          : `DROP TRIGGER IF EXISTS "${trigger}"`,
      );
    await database.dataSource.query(statement);
  };
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => (error instanceof ActsRefused ? error.message : Problem.from(error).code),
    );

  it('is signed up to the last line, once for the lines that are new, and not where there are none', async () => {
    await checkpoints().take();
    expect(await stored()).toEqual([]);
    await record(3);
    await checkpoints().take();
    await checkpoints().take();
    await record(2);
    await checkpoints().take();
    expect(
      (await stored()).map(({ number, firstSequence, lastSequence, lines }) => [
        number,
        firstSequence,
        lastSequence,
        lines,
      ]),
    ).toEqual([
      [1, 1, 3, 3],
      [2, 4, 5, 2],
    ]);
    expect(await verified()).toEqual({ newest: 5, signed: 5, checkpoints: 2, foreign: 0, findings: [] });
  });

  it('goes on where the host signed and the answer was lost', async () => {
    await record(1);
    await checkpoints().take();
    await record(1);
    const before = await stored();
    await checkpoints().take();
    const lost = (await stored()).at(-1);
    await tamper('DELETE FROM "audit_checkpoint" WHERE "number" = 2');
    expect(await stored()).toEqual(before);
    expect((await verified()).findings).toEqual([]);
    await checkpoints().confirm();
    expect((await stored()).at(-1)).toEqual(lost);
    await record(1);
    await checkpoints().take();
    expect((await verified()).findings).toEqual([]);
  });

  it('is not begun with where a database is put back that was there before', async () => {
    await record(1);
    await checkpoints().take();
    await record(1);
    await checkpoints().take();
    await record(1);
    await checkpoints().take();
    await tamper('DELETE FROM "audit_checkpoint" WHERE "number" > 1');
    await database.dataSource.query('DELETE FROM "audit_event" WHERE "sequence" > 1');
    expect(await refusal(checkpoints().confirm())).toContain(
      'older than the one with which Vitrine ran here',
    );
    expect((await verified()).findings).toEqual([expect.stringContaining('up to line 3')]);
  });

  it.each([
    ['just before the last was signed', 2, 3],
    ['before the first line', 1, 1],
  ])('is not begun with either where that was there %s', async (_, checkpoint, line) => {
    await record(1);
    await checkpoints().take();
    if (checkpoint > 1) await record(2);
    await checkpoints().take();
    await tamper(`DELETE FROM "audit_checkpoint" WHERE "number" = ${checkpoint}`);
    await database.dataSource.query(`DELETE FROM "audit_event" WHERE "sequence" = ${line}`);
    expect(await refusal(checkpoints().confirm())).toContain(
      'older than the one with which Vitrine ran here',
    );
  });

  it('is not begun with where the newest lines were changed', async () => {
    await record(1);
    await checkpoints().take();
    await record(2);
    await checkpoints().take();
    await tamper(`UPDATE "audit_event" SET "outcome" = 'refused' WHERE "sequence" = 3`);
    expect(await refusal(checkpoints().confirm())).toContain(
      'its lines 2 to 3 were changed, or some are gone',
    );
  });

  it.each([
    ['a changed word', `UPDATE "audit_event" SET "outcome" = 'refused' WHERE "sequence" = 2`],
    ['a changed time', `UPDATE "audit_event" SET "at" = '2020-01-01T00:00:00.000Z' WHERE "sequence" = 2`],
    ['another patient', `UPDATE "audit_event" SET "patientId" = 'joe' WHERE "sequence" = 2`],
    ['a name of nobody', `UPDATE "audit_event" SET "patientId" = '' WHERE "sequence" = 2`],
    ['a line that is gone', `DELETE FROM "audit_event" WHERE "sequence" = 2`],
    ['a first line that is gone', `DELETE FROM "audit_event" WHERE "sequence" = 1`],
    ['another order', `UPDATE "audit_event" SET "sequence" = 1000 WHERE "sequence" = 2`],
  ])('shows %s below the triggers, and where', async (_, statement) => {
    await record(3);
    await checkpoints().take();
    await record(3);
    await checkpoints().take();
    await tamper(statement);
    const { findings } = await verified();
    expect(findings).toEqual([expect.stringContaining('Lines 1 to 3 are not as they were signed')]);
  });

  it('shows a checkpoint that was made anew to fit, as nobody but the host can sign', async () => {
    await record(1);
    await checkpoints().take();
    await record(1);
    await checkpoints().take();
    const forger = new MemoryNotary(8);
    const [first] = await stored();
    await tamper(`UPDATE "audit_event" SET "outcome" = 'refused' WHERE "sequence" = 2`);
    await database.dataSource.query('DELETE FROM "audit_checkpoint" WHERE "number" = 2');
    forger.last = first;
    const forging = new Checkpoints(
      database.dataSource,
      database.transactor,
      forger,
      createLogger('test', 'silent'),
    );
    await forging.take();
    const { findings } = await verified();
    expect(findings).toEqual([
      'Checkpoint 2 was not signed by the session host of this machine.',
      expect.stringContaining('which this database does not know'),
    ]);
    expect(await refusal(checkpoints().confirm())).toContain('or another: its record of acts');
  });

  it('goes on on another machine, where what was signed before is bound to what follows', async () => {
    await record(2);
    await checkpoints().take();
    notary = new MemoryNotary(9);
    await checkpoints().confirm();
    await record(2);
    await checkpoints().take();
    expect(await verified()).toMatchObject({ checkpoints: 2, foreign: 1, findings: [] });
    await tamper(`UPDATE "audit_checkpoint" SET "sha256" = '${'0'.repeat(64)}' WHERE "number" = 1`);
    expect((await verified()).findings).toContain('Checkpoint 2 does not follow the one before it.');
  });

  it('is signed in several pieces where much is new', async () => {
    const line = `SELECT '2026-01-31T09:30:00.000Z', 'record.added', 'success', '{}', '[]', '{}'`;
    await database.dataSource.query(
      `INSERT INTO "audit_event" ("at", "action", "outcome", "agent", "entities", "details")
       WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5600) ${line} FROM n`,
    );
    await checkpoints().take();
    expect((await stored()).map(({ lines }) => lines)).toEqual([5000, 600]);
    expect((await verified()).findings).toEqual([]);
  });
});

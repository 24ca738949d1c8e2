import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent, SYSTEM_AGENT } from '@vitrine/audit';
import { agentOf, Patient, type Account } from '@vitrine/identity';
import { newId, Problem } from '@vitrine/kernel';
import { syntheticReportPdf } from '@vitrine/samples';
import { CANARY, filesWith } from '@vitrine/vault/testing';
import { ExchangeBench, sharedExaminer } from '../testing/exchange-bench.js';
import { Import } from './import.entity.js';

jest.setTimeout(60_000);

const DAY_MS = 24 * 60 * 60_000;

describe('What was saved in a viewer', () => {
  let bench: ExchangeBench;
  let jane: { account: Account; patient: Patient };
  beforeEach(async () => {
    bench = await ExchangeBench.open();
    jane = await bench.patient();
  });
  afterEach(() => bench.close());
  afterAll(() => sharedExaminer.end());

  const pdf = { name: 'report.pdf', untrustedContent: Buffer.from(syntheticReportPdf().bytes) };
  const program = { name: 'program.pdf', untrustedContent: Buffer.from('\x7fELF and more of a program') };
  const leave = async (change: Partial<Parameters<typeof bench.results.take>[0]> = {}) => {
    const left = {
      sessionId: newId(),
      patientId: jane.patient.id,
      viewerTitle: 'OHIF',
      files: [pdf],
      refused: 0,
    };
    await bench.results.take({ ...left, ...change });
    await bench.runner.idle();
  };
  const items = () => bench.records.list(jane.patient.id);
  const lines = async () =>
    (await bench.database.dataSource.getRepository(AuditEvent).find({ order: { sequence: 'ASC' } })).map(
      ({ action, outcome, agent, entities }) => ({ action, outcome, agent: agent.kind, entities }),
    );

  it('waits for the patient’s answer, and says where it came from and until when', async () => {
    const sessionId = newId();
    await leave({ sessionId });
    const [item, ...others] = await items();
    expect(others).toEqual([]);
    expect(item).toMatchObject({ title: 'report', state: 'pending', formats: ['pdf'] });
    const now = bench.clock.now().getTime();
    expect(item?.from).toEqual({
      kind: 'viewer',
      organisation: 'OHIF',
      at: new Date(now).toISOString(),
      until: new Date(now + 30 * DAY_MS).toISOString(),
    });
    expect(await lines()).toEqual([
      {
        action: 'session.results-taken',
        outcome: 'success',
        agent: 'system',
        entities: [
          { kind: 'session', id: sessionId, label: 'OHIF' },
          { kind: 'item', id: item?.id },
        ],
      },
    ]);
    expect(bench.leftovers()).toEqual([]);
  });

  it('is kept when the patient says so, and from then on for good', async () => {
    await leave();
    const id = (await items())[0]?.id ?? '';
    await bench.records.accept(jane.patient.id, id, agentOf(jane.account));
    bench.clock.advance(31 * DAY_MS);
    await bench.results.throwAwayUndecided();
    expect(await items()).toMatchObject([
      { id, state: 'kept', from: { kind: 'viewer', organisation: 'OHIF' } },
    ]);
    expect((await items())[0]?.from).not.toHaveProperty('until');
    expect((await lines()).map(({ action }) => action)).toEqual(['session.results-taken', 'record.accepted']);
  });

  it('is gone with its bytes when the patient throws it away', async () => {
    await leave();
    const id = (await items())[0]?.id ?? '';
    expect(bench.stored(jane.patient.id)).not.toEqual([]);
    await bench.records.reject(jane.patient.id, id, agentOf(jane.account));
    expect(await items()).toEqual([]);
    expect(bench.stored(jane.patient.id)).toEqual([]);
    expect((await lines()).at(-1)).toMatchObject({ action: 'record.rejected', agent: 'account' });
  });

  it('is thrown away after thirty days without an answer; what a provider sent waits on', async () => {
    const provider = await bench.account('provider', 'Dr Weber', 'City Radiology');
    const { secret } = await bench.depositCodes.create(jane, {
      label: 'x',
      expiresInDays: 30,
      maximumUses: 1,
    });
    await bench.send(provider, await bench.imports.beginDeposit(provider, secret), [
      { name: 'other.pdf', bytes: Buffer.concat([syntheticReportPdf().bytes, Buffer.from('\n%')]) },
    ]);
    await leave();
    bench.clock.advance(30 * DAY_MS - 1000);
    await bench.results.throwAwayUndecided();
    expect(await items()).toHaveLength(2);
    bench.clock.advance(2000);
    await bench.results.throwAwayUndecided();
    expect(await items()).toMatchObject([{ title: 'other', from: { kind: 'provider' } }]);
    expect((await lines()).at(-1)).toMatchObject({ action: 'record.rejected', agent: SYSTEM_AGENT.kind });
  });

  it('is thrown away also when another that is due cannot be, which is tried again', async () => {
    await leave();
    await leave({
      files: [
        {
          ...pdf,
          name: 'second.pdf',
          untrustedContent: Buffer.concat([pdf.untrustedContent, Buffer.from('\n%')]),
        },
      ],
    });
    expect(await items()).toHaveLength(2);
    bench.clock.advance(31 * DAY_MS);
    const failing = jest.spyOn(bench.records, 'reject').mockRejectedValueOnce(new Problem('vault.damaged'));
    await bench.results.throwAwayUndecided();
    expect(failing).toHaveBeenCalledTimes(2);
    expect(await items()).toHaveLength(1);
    await bench.results.throwAwayUndecided();
    expect(await items()).toEqual([]);
  });

  it('is what its content says, whatever its name; what cannot be used is refused, and the record of acts says so', async () => {
    await leave({ files: [program, pdf] });
    expect(await items()).toMatchObject([{ title: 'report' }]);
    await leave({ files: [program] });
    await leave({ files: [], refused: 3 });
    expect(await items()).toHaveLength(1);
    expect((await lines()).map(({ outcome }) => outcome)).toEqual(['success', 'refused', 'refused']);
  });

  it('is taken once of a session, also when the end of it is tried again', async () => {
    const sessionId = newId();
    await leave({ sessionId });
    await leave({ sessionId });
    expect(await items()).toHaveLength(1);
    expect(await lines()).toHaveLength(1);
  });

  it('lies sealed and whole before the session may go, and is looked at after a crash', async () => {
    const enqueue = jest.spyOn(bench.runner, 'enqueue').mockImplementation(() => undefined);
    const untrustedContent = Buffer.concat([pdf.untrustedContent, Buffer.from(CANARY)]);
    await leave({
      files: [
        { ...pdf, untrustedContent },
        { ...pdf, name: 'second.pdf' },
      ],
    });
    expect(bench.leftovers()).not.toEqual([]);
    expect(filesWith(CANARY, bench.dataDir)).toEqual([]);
    enqueue.mockRestore();
    await bench.start();
    await bench.runner.idle();
    expect((await items()).map(({ title }) => title).sort()).toEqual(['report', 'second']);
    expect(bench.leftovers()).toEqual([]);
  });

  it('leaves nothing half: what was sealed for an import that never came goes at once, or is swept at the next start', async () => {
    await leave();
    const failure = () =>
      jest.spyOn(bench.database.transactor, 'run').mockRejectedValueOnce(new Problem('kernel.busy'));
    failure();
    await expect(leave()).rejects.toMatchObject({ code: 'kernel.busy' });
    expect(bench.leftovers()).toEqual([]);

    // As when the process was killed there.
    jest.spyOn(bench.uploads, 'remove').mockResolvedValueOnce(undefined);
    failure();
    await expect(leave()).rejects.toMatchObject({ code: 'kernel.busy' });
    expect(bench.leftovers()).not.toEqual([]);
    await bench.start();
    expect(bench.leftovers()).toEqual([]);
    expect(await items()).toHaveLength(1);
  });

  it('is lost where there is no room, which the record of acts says', async () => {
    jest.spyOn(bench.uploads, 'newPack').mockRejectedValueOnce(new Problem('vault.disk-full'));
    await leave();
    expect(await items()).toEqual([]);
    expect(await lines()).toMatchObject([{ action: 'session.results-taken', outcome: 'failed' }]);
    expect(bench.leftovers()).toEqual([]);
  });

  it('is lost where the patient’s room is used up, which the record of acts says', async () => {
    jest.spyOn(bench.vault, 'roomFor').mockRejectedValueOnce(new Problem('vault.quota-exceeded'));
    await leave();
    expect(await lines()).toMatchObject([{ action: 'session.results-taken', outcome: 'failed' }]);
    expect(bench.leftovers()).toEqual([]);
  });

  it('is not kept for somebody who is gone', async () => {
    await bench.database.transactor.run((manager) => manager.delete(Patient, { id: jane.patient.id }));
    await leave();
    expect(await bench.database.dataSource.getRepository(Import).count()).toBe(0);
    expect(bench.leftovers()).toEqual([]);
  });

  it('is not among what the patient added', async () => {
    await leave();
    expect(await bench.imports.list(jane.account.id)).toEqual([]);
  });
});

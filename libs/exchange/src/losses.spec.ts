import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { Account, type Patient } from '@vitrine/identity';
import { newId, Problem } from '@vitrine/kernel';
import { syntheticReportPdf } from '@vitrine/samples';
import { ExchangeBench, sharedExaminer } from '../testing/exchange-bench.js';
import { Import } from './import.entity.js';
import { Losses } from './losses.js';

jest.setTimeout(60_000);

const NO_ROOM = 'vault.quota-exceeded';

describe('What could not be kept', () => {
  let bench: ExchangeBench;
  let losses: Losses;
  let jane: { account: Account; patient: Patient };
  beforeEach(async () => {
    bench = await ExchangeBench.open(100);
    const { dataSource, transactor } = bench.database;
    losses = new Losses(dataSource.getRepository(Import), dataSource.getRepository(Account), transactor);
    jane = await bench.patient();
  });
  afterEach(() => bench.close());
  afterAll(() => sharedExaminer.end());

  const pdf = Buffer.from(syntheticReportPdf().bytes);
  const file = (name: string, untrustedContent = pdf) => ({ name, untrustedContent });
  const leave = async (left: Partial<Parameters<typeof bench.results.take>[0]> = {}) => {
    const session = { sessionId: newId(), patientId: jane.patient.id, viewerTitle: 'OHIF' };
    await bench.results.take({ ...session, files: [file('report.pdf')], refused: 0, ...left });
    await bench.runner.idle();
  };
  /** A provider's system sends it and is told that it is stored. */
  const deposit = async () => {
    const provider = await bench.account('provider', 'Dr Weber', 'City Radiology');
    const code = { label: 'x', expiresInDays: 30, maximumUses: 1 };
    const { secret } = await bench.depositCodes.create(jane, code);
    const { id } = await bench.imports.beginBySystem(provider, secret, newId());
    const files = Readable.from([{ name: 'sent.pdf', content: Readable.from([pdf]) }]);
    await bench.uploads.receive(id, jane.patient.id, files, Infinity, { flushed: true });
    await bench.imports.settle(id);
    await bench.runner.idle();
  };
  const unread = () => losses.unread(jane.patient.id);
  const told = async () =>
    (await unread()).map(({ from, isWhole, notes }) => ({
      from: from.name,
      isWhole,
      notes: notes.map(({ untrustedName, code }) => `${untrustedName} ${code}`),
    }));

  it('of a viewer is told to the patient by name and reason, when the record has no room left', async () => {
    await leave({
      files: [file('report.pdf'), file('second.pdf', Buffer.concat([pdf, Buffer.from('\n%')]))],
    });
    expect(await told()).toEqual([
      {
        from: 'OHIF',
        isWhole: true,
        notes: [` ${NO_ROOM}`, `report.pdf ${NO_ROOM}`, `second.pdf ${NO_ROOM}`],
      },
    ]);
    expect(bench.leftovers()).toEqual([]);
  });

  it('of a viewer is told when the server has no room left', async () => {
    jest.spyOn(bench.uploads, 'newPack').mockRejectedValueOnce(new Problem('vault.disk-full'));
    await leave();
    const notes = [' vault.disk-full', 'report.pdf vault.disk-full'];
    expect(await told()).toEqual([{ from: 'OHIF', isWhole: true, notes }]);
    expect((await unread())[0]).toMatchObject({ from: { kind: 'viewer' }, at: bench.clock.instant() });
  });

  it('of a viewer is told when it cannot be taken out of it, once, and not as if nothing were lost', async () => {
    const session = { sessionId: newId(), patientId: jane.patient.id, viewerTitle: 'OHIF' };
    await bench.results.lose(session, 'kernel.unexpected');
    await bench.results.lose(session, 'kernel.unexpected');
    expect(await told()).toEqual([{ from: 'OHIF', isWhole: true, notes: [' exchange.unkept'] }]);
    expect((await unread())[0]?.notes[0]?.message).not.toMatch(/nothing (?:is|was) lost/i);
  });

  it('of a viewer is told when it is gone with the machine, once, and not of what was kept before', async () => {
    const session = { sessionId: newId(), patientId: jane.patient.id, viewerTitle: 'OHIF' };
    await bench.results.lose(session, 'exchange.gone');
    await bench.results.lose(session, 'exchange.gone');
    expect(await told()).toEqual([{ from: 'OHIF', isWhole: true, notes: [' exchange.gone'] }]);
    const [line] = await bench.database.dataSource.getRepository(AuditEvent).findBy({ outcome: 'failed' });
    expect(line).toMatchObject({ action: 'session.results-taken', patientId: jane.patient.id });
  });

  it('of a hospital’s system, which was told that it is stored, is told to the patient, also in the record of acts', async () => {
    await deposit();
    expect(await told()).toEqual([
      { from: 'City Radiology', isWhole: true, notes: [` ${NO_ROOM}`, `sent.pdf ${NO_ROOM}`] },
    ]);
    const lines = await bench.database.dataSource.getRepository(AuditEvent).findBy({ outcome: 'failed' });
    const line = { action: 'record.deposited', patientId: jane.patient.id, agent: { name: 'Dr Weber' } };
    expect(lines).toMatchObject([line]);
  });

  it('and was seen to fail by who added it is not told again', async () => {
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    await bench.uploads.place(begun.id, 'report.pdf', pdf);
    await bench.imports.finish(jane.account.id, begun.id);
    await bench.runner.idle();
    expect(await bench.imports.get(jane.account.id, begun.id)).toMatchObject({ state: 'failed' });
    expect(await unread()).toEqual([]);
  });

  it('is told until it is read, to nobody else', async () => {
    await leave();
    const id = (await unread())[0]?.id ?? '';
    const other = (await bench.patient('John Roe')).patient.id;
    expect(await losses.unread(other)).toEqual([]);
    const notVisible = { code: 'delegation.not-visible' };
    await expect(losses.read(other, id)).rejects.toMatchObject(notVisible);
    await losses.read(jane.patient.id, id);
    expect(await unread()).toEqual([]);
    await expect(losses.read(jane.patient.id, id)).rejects.toMatchObject(notVisible);
    await expect(losses.read(jane.patient.id, '../x')).rejects.toMatchObject(notVisible);
  });

  describe('where there is room', () => {
    beforeEach(async () => {
      await bench.close();
      bench = await ExchangeBench.open();
      const { dataSource, transactor } = bench.database;
      losses = new Losses(dataSource.getRepository(Import), dataSource.getRepository(Account), transactor);
      jane = await bench.patient();
    });

    it('is what was refused, and what was left behind in the viewer, but not what was kept', async () => {
      await leave({ files: [file('report.pdf'), file('program.pdf', Buffer.from('\x7fELF of a program'))] });
      await leave({ files: [file('second.pdf', Buffer.concat([pdf, Buffer.from('\n%')]))], refused: 2 });
      await leave({ files: [], refused: 2 });
      await leave({ files: [file('other.pdf', Buffer.from('\x7fELF of another'))] });
      const said = (await told()).sort((a, b) => a.notes.join().localeCompare(b.notes.join()));
      expect(said).toEqual([
        { from: 'OHIF', isWhole: false, notes: [' exchange.left-behind'] },
        { from: 'OHIF', isWhole: true, notes: [' exchange.nothing-usable'] },
        { from: 'OHIF', isWhole: true, notes: [expect.stringMatching(/^other\.pdf exchange\./)] },
        { from: 'OHIF', isWhole: false, notes: [expect.stringMatching(/^program\.pdf exchange\./)] },
      ]);
    });

    it('is nothing where all of it was kept', async () => {
      await leave();
      await leave();
      await deposit();
      expect(await unread()).toEqual([]);
    });
  });
});

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { syntheticCtStudy } from '@vitrine/samples';
import { filesWith } from '@vitrine/vault/testing';
import { DropBench, hasFtpPrograms } from '../../testing/drop-bench.js';
import { sharedExaminer, type SentFile } from '../../testing/exchange-bench.js';

jest.setTimeout(120_000);

const withTools = hasFtpPrograms() ? describe : describe.skip;
const MIB = 1024 * 1024;
const PDF = Buffer.from('%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n');

const study = (options = {}): SentFile[] =>
  syntheticCtStudy({ slices: 4, size: 16, ...options }).map(({ name, bytes }) => ({ name, bytes }));
const digests = (files: readonly Uint8Array[]) =>
  files.map((file) => createHash('sha256').update(file).digest('hex')).sort();

withTools('the FTPS drop', () => {
  let drop: DropBench;
  beforeEach(async () => {
    drop = await DropBench.open();
  });
  afterEach(() => drop.close());
  afterAll(() => sharedExaminer.end());

  const imports = () => drop.bench.imports.list(drop.provider.id);
  const waiting = () => drop.bench.inbox.waiting(drop.provider.id);
  const facts = async () =>
    (await waiting())
      .map(({ facts, count }) => [facts?.patientInitials, facts?.description, facts?.readable, count])
      .sort();

  it('takes a whole folder by lftp mirror -R, byte by byte, as one deposit for the patient of the code', async () => {
    const files = study({ slices: 128 }).map(({ name, bytes }, n) => ({
      name: `series ${n % 5}/${name}`,
      bytes,
    }));
    const root = drop.written('disc', files);
    for (const parallel of ['', '--parallel=4']) {
      const { code, output } = await drop.lftp(`mirror -R ${parallel} ${root} ${drop.code}/disc`);
      expect([code, output]).toEqual([0, '']);
      await drop.settled();
      drop.bench.clock.advance(1_000);
    }
    // The second time everything was there.
    expect(await imports()).toMatchObject([
      { state: 'done', filesStored: 0, filesDuplicate: 128 },
      { state: 'done', filesStored: 128, notes: [], deposits: [{ title: 'CT of the head', count: 128 }] },
    ]);
    expect(await drop.bench.records.list(drop.patient.patient.id)).toMatchObject([
      { state: 'pending', count: 128, study: { mismatch: 'none' } },
    ]);
    expect(digests(await drop.deposited())).toEqual(digests(files.map(({ bytes }) => bytes)));
    const events = await drop.bench.database.dataSource
      .getRepository(AuditEvent)
      .findBy({ action: 'record.deposited' });
    expect(events).toHaveLength(1);
    expect(drop.bench.leftovers()).toEqual([]);
  });

  it('takes files by curl -T, each login of its own, as one drop', async () => {
    const files = study();
    const root = drop.written('some', files);
    for (const { name } of files) {
      const { code, output } = await drop.curl(`${drop.code}/${name}`, '-T', join(root, name));
      expect([code, output]).toEqual([0, '']);
    }
    const all = `{${files.map(({ name }) => join(root, name)).join(',')}}`;
    expect((await drop.curl('', '-T', all)).code).toBe(0);
    await drop.settled();
    expect(await imports()).toMatchObject([{ state: 'done', filesStored: 4 }]);
    expect(await facts()).toEqual([['J. D.', 'Head without contrast', true, 4]]);
  });

  it('lets what came without a code wait in the inbox, each study and each folder by itself', async () => {
    const root = drop.written('mixed', [
      ...study().map(({ name, bytes }) => ({ name: `today/${name}`, bytes })),
      ...study({ slices: 2, patientName: 'Stranger^Sam' }).map(({ name, bytes }) => ({
        name: `today/s${name}`,
        bytes,
      })),
      { name: 'smith/report.pdf', bytes: PDF },
      { name: 'jones/letter.pdf', bytes: Buffer.concat([PDF, Buffer.from('%\n')]) },
      { name: '202611260001/report.pdf', bytes: Buffer.concat([PDF, Buffer.from('%%\n')]) },
    ]);
    expect(await drop.lftp(`mirror -R ${root} .`)).toEqual({ code: 0, output: '' });
    await drop.settled();
    expect(await imports()).toEqual([]);
    expect(await facts()).toEqual([
      ['', '202611260001', false, 1],
      ['', 'jones', false, 1],
      ['', 'smith', false, 1],
      ['J. D.', 'Head without contrast', true, 4],
      ['S. S.', 'Head without contrast', true, 2],
    ]);
    const smith = (await waiting()).find(({ facts }) => facts?.description === 'smith');
    await drop.bench.inbox.deliver(drop.provider, smith!.id, drop.code);
    await drop.bench.runner.idle();
    expect(digests(await drop.deposited())).toEqual(digests([PDF]));
    expect(await waiting()).toHaveLength(4);
  });

  it('lets it wait, too, where the code of the folder no longer works', async () => {
    const once = await drop.newCode(1);
    const root = drop.written('study', study());
    expect((await drop.lftp(`mirror -R ${root} ${once}`)).code).toBe(0);
    await drop.settled();
    expect((await drop.lftp(`mirror -R ${root} ${once}`)).code).toBe(0);
    await drop.settled();
    expect(await imports()).toMatchObject([{ state: 'done', filesStored: 4 }]);
    expect(await waiting()).toMatchObject([{ count: 4 }]);
  });

  it('says nothing of the code in the report', async () => {
    const root = drop.written('study', [
      ...study(),
      { name: 'deep/nonsense.bin', bytes: Buffer.from([1, 2, 3]) },
    ]);
    await drop.lftp(`mirror -R ${root} ${drop.code}`);
    await drop.settled();
    expect(await imports()).toMatchObject([
      { filesStored: 4, notes: [{ untrustedName: 'deep/nonsense.bin', code: 'exchange.unknown-format' }] },
    ]);
  });

  it('keeps names as data, whatever they are', async () => {
    const long = `${'ä'.repeat(100)}/${'ö'.repeat(100)}.dcm`;
    const names = ['../../etc/passwd.dcm', '-rf.dcm', 'a"b;c|d.dcm', long];
    const files = study();
    const root = drop.written('plain', files);
    for (const [index, name] of names.entries()) {
      const path = name.split('/').map(encodeURIComponent).join('/').replaceAll('..', '%2e%2e');
      const { code, output } = await drop.curl(
        `${drop.code}/x/${path}`,
        '-T',
        join(root, files[index]!.name),
      );
      expect([name, code, output]).toEqual([name, 0, '']);
    }
    await drop.settled();
    // The first climbs out of the folder of the code, and so belongs to nobody.
    expect(await imports()).toMatchObject([{ state: 'done', filesStored: 3, notes: [] }]);
    expect(await waiting()).toMatchObject([{ count: 1 }]);
  });

  it('refuses passwords and data in the clear', async () => {
    const root = drop.written('one', study({ slices: 1 }));
    const path = join(root, study()[0]!.name);
    const plain = await drop.curl('x.dcm', '-T', path, '--no-ssl-reqd');
    expect([plain.code, plain.output]).toEqual([67, expect.stringContaining('530')]);
    const clearData = await drop.curl('x.dcm', '-T', path, '--no-ssl-reqd', '--ftp-ssl-control');
    expect([clearData.code, clearData.output]).toEqual([25, expect.stringContaining('521')]);
    await drop.settled();
    expect(await waiting()).toEqual([]);
  });

  it('gives nothing back and changes nothing', async () => {
    const root = drop.written('study', study());
    await drop.lftp(`mirror -R ${root} folder`);
    const name = study()[0]!.name;
    expect((await drop.curl(`folder/${name}`)).code).toBe(78);
    expect(await drop.curl('folder/')).toEqual({ code: 0, output: '' });
    for (const command of [`rm folder/${name}`, 'rmdir folder', `mv folder/${name} x`, `cat folder/${name}`])
      expect([command, (await drop.lftp(command)).code]).toEqual([command, 1]);
    await drop.settled();
    expect(await waiting()).toMatchObject([{ count: 4 }]);
  });

  it('refuses who has a wrong password, or one that was replaced or ended', async () => {
    const root = drop.written('study', study({ slices: 1 }));
    const send = () => drop.curl('x.dcm', '-T', join(root, study()[0]!.name));
    const old = drop.password;
    await drop.newLogin();
    expect((await send()).code).toBe(0);
    const { password } = drop;
    drop.password = old;
    expect((await send()).code).toBe(67);
    drop.password = password;
    await drop.bench.ftpsAccounts.revoke(drop.provider);
    expect((await send()).code).toBe(67);
    await expect(drop.bench.ftpsAccounts.revoke(drop.provider)).rejects.toMatchObject({
      code: 'delegation.not-visible',
    });
  });

  it('takes no further file of a login that is ended while it is connected', async () => {
    const root = drop.written('study', study({ slices: 40 }));
    const sending = drop.lftp(
      'set net:max-retries 1',
      'set cmd:fail-exit true',
      `mirror -R ${root} x`,
      `mirror -R ${root} y`,
    );
    while (drop.bench.leftovers().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await drop.bench.ftpsAccounts.revoke(drop.provider);
    expect((await sending).code).toBe(1);
    await drop.settled();
    const [one] = await waiting();
    expect(one?.count).toBeLessThan(80);
  });

  it('says 552 when the record is full, and keeps what came before', async () => {
    await drop.close();
    drop = await DropBench.open({ bytesPerPatient: 250_000 });
    const root = drop.written('big', study({ slices: 3, size: 256 }));
    const sent = await drop.lftp(`mirror -R ${root} ${drop.code}`);
    expect([sent.code, sent.output]).toEqual([1, expect.stringContaining('552 There is no room')]);
    await drop.settled();
    expect(await imports()).toMatchObject([{ state: 'done', filesStored: 1 }]);
  });

  it('has all that it acknowledged and nothing half when the sender is killed', async () => {
    const root = drop.written('study', study({ slices: 80, size: 128 }));
    const sender = spawn('/usr/bin/lftp', [
      '--norc',
      '-c',
      [...drop.lftpStart(), 'debug 5', `mirror -R ${root} ${drop.code}`].join('; '),
    ]);
    let said = '';
    const gone = new Promise((resolve) => sender.once('close', resolve));
    for (const stream of [sender.stdout, sender.stderr])
      stream.on('data', (text: Buffer) => {
        said += text.toString();
        if ((said.match(/226 Stored/g) ?? []).length >= 10) sender.kill('SIGKILL');
      });
    await gone;
    const acknowledged = (said.match(/226 Stored/g) ?? []).length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    await drop.settled();
    const deposited = digests(await drop.deposited());
    expect(acknowledged).toBeGreaterThanOrEqual(10);
    expect(acknowledged).toBeLessThan(80);
    expect(deposited.length).toBeGreaterThanOrEqual(acknowledged);
    const sent = new Set(digests(study({ slices: 80, size: 128 }).map(({ bytes }) => bytes)));
    expect(deposited.filter((digest) => !sent.has(digest))).toEqual([]);
    expect((await imports())[0]?.notes).toEqual([]);
    expect(drop.bench.leftovers()).toEqual([]);
  });

  it('has what was acknowledged after it was killed itself', async () => {
    const root = drop.written('study', study());
    await drop.lftp(`mirror -R ${root} ${drop.code}`, `mirror -R ${root} inbox`);
    await drop.killed();
    await drop.bench.runner.idle();
    expect(await drop.deposited()).toHaveLength(4);
    expect(await waiting()).toMatchObject([{ count: 4 }]);
  });

  it('examines by itself some seconds after the last login', async () => {
    await drop.close();
    drop = await DropBench.open({
      limits: { pauses: { afterReleaseMs: 50, whileOpenMs: 1_000, againAfterMs: 1_000 } },
    });
    const root = drop.written('study', study());
    await drop.lftp(`mirror -R ${root} ${drop.code}`);
    for (let n = 0; n < 200 && (await imports())[0]?.state !== 'done'; n++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await imports()).toMatchObject([{ state: 'done', filesStored: 4 }]);
  });

  it('leaves no plain byte on the disk, on the way to a patient or in the inbox', async () => {
    const patientName = 'Canary^Yellow In The Mine';
    const root = drop.written(
      'study',
      study({ patientName }).map(({ bytes }, n) => ({ name: `${patientName} ${n}`, bytes })),
    );
    await drop.lftp(`mirror -R ${root} ${drop.code}`, `mirror -R ${root} inbox`);
    expect(drop.bench.leftovers()).toHaveLength(2);
    expect(filesWith(patientName, drop.bench.dataDir)).toEqual([]);
    await drop.settled();
    expect(filesWith(patientName, drop.bench.dataDir)).toEqual([]);
    expect(await drop.deposited()).toHaveLength(4);
  });

  it('needs no more memory for a large file than for a small one', async () => {
    const path = join(drop.folder, 'large');
    const file = openSync(path, 'w');
    ftruncateSync(file, 400 * MIB);
    closeSync(file);
    await drop.curl('warm', '-T', drop.written('study', study()) + `/${study()[0]!.name}`);
    let most = 0;
    const before = process.memoryUsage().rss;
    const look = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    expect((await drop.curl('large', '-T', path)).code).toBe(0);
    clearInterval(look);
    expect((most - before) / MIB).toBeLessThan(100);
  });

  it('does not start where the certificate cannot be read', async () => {
    expect(readFileSync(drop.ftps.tls.cert, 'utf8')).toContain('BEGIN CERTIFICATE');
    Object.assign(drop.ftps.tls, { cert: join(drop.folder, 'missing.pem') });
    await drop.bench.drop.onModuleDestroy();
    await expect(drop.bench.drop.open()).rejects.toThrow(/VITRINE_FTPS_TLS_CERT/);
  });
});

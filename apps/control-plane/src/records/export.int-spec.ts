import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ImportsService } from '@vitrine/exchange';
import { Account, Patient } from '@vitrine/identity';
import { syntheticCtStudy, syntheticGenome, syntheticReportPdf } from '@vitrine/samples';
import { PASSWORD, signedIn } from '../../testing/people.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

const run = (program: string, args: readonly string[], cwd?: string): string =>
  execFileSync(program, args, {
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 64 * 1024 ** 2,
    ...(cwd ? { cwd } : {}),
  });

/** What other programs make of an export. They are Debian's: curl, unzip, 7z, dcmtk. */
describe('an export in the hands of other programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-export-'));
  const zip = join(folder, 'record.zip');
  const unpacked = join(folder, 'unpacked');
  let whole: WholeApp;
  let address: string;
  let cookie: string;

  /** Beside this process, in which the server runs. */
  const curl = (...args: string[]) =>
    new Promise<void>((resolve, reject) => {
      const child = spawn('curl', ['-sS', '--fail', '--max-time', '60', '-b', cookie, ...args]);
      child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`curl ended with ${code}`))));
    });

  beforeAll(async () => {
    whole = await wholeApp();
    await whole.app.listen(0, '127.0.0.1');
    const { port } = whole.app.getHttpServer().address() as AddressInfo;
    address = `http://127.0.0.1:${port}/api/record/export`;
    const jane = await signedIn(whole.app, whole.publicUrl, 'patient', { name: 'Jane Doe' });
    const database = whole.app.get(DataSource);
    const patient = await database.getRepository(Patient).findOneByOrFail({ name: 'Jane Doe' });
    const account = await database.getRepository(Account).findOneByOrFail({ id: patient.accountId });
    const answer = await jane.post('/api/sign-in').send({ email: account.email, password: PASSWORD });
    cookie = String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? '';
    const imports = whole.app.get(ImportsService);
    const { id } = await imports.addOwn(account, patient, [
      ...syntheticCtStudy({ slices: 40, size: 256 }),
      ...syntheticCtStudy({ slices: 2, size: 32, description: 'Kontrolle', studyDate: '20260102' }),
      syntheticGenome(),
      syntheticReportPdf(),
    ]);
    while ((await imports.get(account.id, id)).state !== 'done')
      await new Promise((resolve) => setTimeout(resolve, 200));
    await curl('-o', zip, address);
    mkdirSync(unpacked);
    run('unzip', ['-q', zip, '-d', unpacked]);
  });
  afterAll(async () => {
    await whole.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is whole for unzip and 7z, and its checksums are right', () => {
    expect(run('unzip', ['-tq', zip])).toContain('No errors detected');
    expect(run('7z', ['t', zip])).toContain('Everything is Ok');
    expect(run('sha256sum', ['-c', '--quiet', 'CHECKSUMS.sha256'], unpacked)).toBe('');
  });

  it('goes on with curl -C - where the line was cut', async () => {
    const part = join(folder, 'part.zip');
    const size = statSync(zip).size;
    const cut = new AbortController();
    const answer = await fetch(address, { headers: { cookie }, signal: cut.signal });
    for await (const some of answer.body ?? []) {
      appendFileSync(part, some as Uint8Array);
      if (statSync(part).size >= size / 5) break;
    }
    cut.abort();
    expect(statSync(part).size).toBeLessThan(size);
    await curl('-C', '-', '-o', part, address);
    expect(readFileSync(part).equals(readFileSync(zip))).toBe(true);
  });

  it('opens with its passphrase in 7z, and with no other', async () => {
    const body = JSON.stringify({ passphrase: 'three blue herons' });
    const answer = await fetch(`${address}-locks`, {
      method: 'POST',
      headers: { cookie, 'X-Vitrine': '1', Origin: whole.publicUrl, 'Content-Type': 'application/json' },
      body,
    });
    const { id } = (await answer.json()) as { id: string };
    const sealed = join(folder, 'sealed.zip');
    await curl('-o', sealed, `${address}?lock=${id}`);
    expect(run('7z', ['t', '-pthree blue herons', sealed])).toContain('Everything is Ok');
    expect(() => run('7z', ['t', '-pwrong', sealed])).toThrow();
    expect(readFileSync(sealed).includes('three blue')).toBe(false);
    run('7z', ['x', '-pthree blue herons', `-o${join(folder, 'opened')}`, sealed]);
    expect(run('diff', ['-r', unpacked, join(folder, 'opened')])).toBe('');
    // Cut in the middle of a file, as lines are: the same salts, the same bytes.
    const part = join(folder, 'sealed-part.zip');
    await curl('-r', '0-1234567', '-o', part, `${address}?lock=${id}`);
    await curl('-C', '-', '-o', part, `${address}?lock=${id}`);
    expect(readFileSync(part).equals(readFileSync(sealed))).toBe(true);
  });

  it('has a DICOMDIR in which dcmtk finds every image', () => {
    const dump = run('dcmdump', ['+L', '-Un', 'DICOMDIR'], unpacked);
    expect(dump).not.toMatch(/^[EW]:/m);
    const files = [...dump.matchAll(/\(0004,1500\) CS \[([^\]]+)\]/g)].map(([, id = '']) =>
      id.trim().replaceAll('\\', '/'),
    );
    expect(new Set(files).size).toBe(42);
    for (const file of files) {
      const uid = run('dcmdump', ['-s', '+P', '0008,0018', file], unpacked);
      expect(dump).toContain(/\[([\d.]+)\]/.exec(uid)?.[1] ?? 'no UID');
    }
    expect(dump.match(/\[STUDY\]/g)).toHaveLength(2);
  });
});

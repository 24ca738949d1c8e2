import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { syntheticReportPdf } from '@vitrine/samples';
import { CANARY, filesWith } from '@vitrine/vault/testing';
import { ExchangeBench, SharedExaminer, sharedExaminer } from '../testing/exchange-bench.js';
import { zipOf } from '../testing/zip-of.js';

jest.setTimeout(60_000);

describe('An import', () => {
  let bench: ExchangeBench;
  beforeEach(async () => {
    bench = await ExchangeBench.open();
  });
  afterEach(() => bench.close());
  afterAll(() => sharedExaminer.end());

  it('is looked through by a search that finds what lies plain', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-canary-'));
    const forms = { plain: CANARY, hex: Buffer.from(CANARY).toString('hex') };
    for (const shift of ['', 'x', 'xx'])
      Object.assign(forms, { [`base64${shift}`]: Buffer.from(`${shift}${CANARY}`).toString('base64') });
    for (const [name, text] of Object.entries(forms)) writeFileSync(join(folder, name), `before${text}after`);
    expect(filesWith(CANARY, folder)).toHaveLength(5);
    rmSync(folder, { recursive: true });
  });

  it('leaves no plain byte on the disk, at any time', async () => {
    const jane = await bench.patient();
    bench.sender = jane.account.id;
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    const secret = Buffer.from(CANARY.repeat(20_000));
    const pdf = { name: 'a.pdf', bytes: Buffer.concat([syntheticReportPdf().bytes, secret]) };
    const zip = {
      name: 'b.zip',
      bytes: await zipOf([{ ...pdf, bytes: Buffer.concat([pdf.bytes, secret]) }]),
    };
    const database = bench.database.place.dataDir;
    const looked: string[] = [];
    const look = (): void => {
      const found = [bench.dataDir, database].flatMap((folder) => filesWith(CANARY, folder));
      const names = filesWith('private name of a file', join(bench.dataDir, 'uploads'));
      looked.push(...found, ...names);
    };
    for (const file of [pdf, zip, { ...pdf, name: 'private name of a file.pdf' }])
      expect(await bench.upload(begun.id, file)).toBe(201);
    look();
    expect(looked).toEqual([]);
    const scratch = jest.spyOn(sharedExaminer, 'recognise').mockImplementation((...args) => {
      look();
      return SharedExaminer.prototype.recognise.apply(sharedExaminer, args);
    });
    const done = await bench.send(jane.account, begun, []);
    scratch.mockRestore();
    look();
    expect(done).toMatchObject({ state: 'done', filesStored: 2 });
    // It is there, only not to be seen.
    const { files } = await bench.records.withFiles(jane.patient.id, done.items[0]?.id ?? '');
    const parts: Uint8Array[] = [];
    for await (const part of await bench.vault.open(jane.patient.id, files[0]?.blobId ?? ''))
      parts.push(part as Uint8Array);
    expect(Buffer.concat(parts).includes(CANARY)).toBe(true);
    expect(looked).toEqual([]);
  });

  it('goes on after a restart with an upload that was cut', async () => {
    const jane = await bench.patient();
    bench.sender = jane.account.id;
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    const bytes = Buffer.concat([syntheticReportPdf().bytes, Buffer.alloc(200_000, ' ')]);
    const url = await bench.announce(begun.id, 'r.pdf', bytes.length);
    expect((await bench.patch(url, 0, bytes.subarray(0, 100_001))).status).toBe(204);
    await bench.start();
    expect(await bench.offset(url)).toBe(100_001);
    expect((await bench.patch(url, 100_001, bytes.subarray(100_001))).status).toBe(204);
    const done = await bench.send(jane.account, begun, []);
    expect(done).toMatchObject({ state: 'done', filesStored: 1 });
    expect(await bench.vault.usage(jane.patient.id)).toBe(bytes.length);
  });
});

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { testVault, VAULT_ENTITIES, type TestVault } from '../testing/test-vault.js';
import { Blob } from './blob.entity.js';
import { parseSeal, sealText } from './seal.js';

jest.setTimeout(60_000);

describe('BlobChecks', () => {
  const patientId = newId();
  const { signal } = new AbortController();
  let database: TestDatabase;
  let root: string;
  let opened: TestVault;

  beforeEach(async () => {
    database = await testDatabase(VAULT_ENTITIES);
    root = mkdtempSync(join(tmpdir(), 'vitrine-checks-'));
    opened = testVault(database, root, new FakeClock());
  });
  afterEach(async () => {
    await database.close();
    rmSync(root, { recursive: true, force: true });
  });

  // eslint-disable-next-line @typescript-eslint/require-await
  async function* once(content: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(content);
  }
  const put = async (content: string) => (await opened.vault.put(patientId, once(content))).blobId;
  const sumsOf = (content: string) => ({
    sha256: createHash('sha256').update(content).digest('hex'),
    crc32: crc32(content),
  });
  const blobs = () => database.dataSource.getRepository(Blob);
  /** As an older version left it. */
  async function withoutSums(id: string): Promise<void> {
    const { wrappedSums, ...rest } = parseSeal((await blobs().findOneByOrFail({ id })).seal)!;
    expect(wrappedSums).toBeDefined();
    await database.transactor.run((manager) => manager.update(Blob, { id }, { seal: sealText(rest) }));
  }
  const dump = async () => {
    const rows: unknown[] = [];
    for (const { tableName } of database.dataSource.entityMetadatas)
      rows.push(await database.dataSource.query(`SELECT * FROM "${tableName}"`));
    return JSON.stringify(rows);
  };

  it('knows what bytes have to be without reading them, and leaves nobody else a clue', async () => {
    const one = await put('one');
    rmSync(join(root, 'vault', patientId, one));
    const summed = await opened.checks.summed(patientId, [one, newId()]);
    expect([...summed.values()]).toMatchObject([{ blobId: one, bytes: 3, sums: sumsOf('one') }]);
    expect(await opened.checks.summed(newId(), [one])).toEqual(new Map());
    const { sha256, crc32: sum } = sumsOf('one');
    const stored = await dump();
    for (const clue of [sha256, Buffer.from(sha256, 'hex').toString('base64'), String(sum)])
      expect(stored).not.toContain(clue);
  });

  it('learns once what an older version did not write down', async () => {
    const [old, gone] = [await put('old'), await put('gone')];
    await withoutSums(old);
    await withoutSums(gone);
    rmSync(join(root, 'vault', patientId, gone));
    const summed = await opened.checks.summed(patientId, [old, gone]);
    expect([...summed.values()]).toMatchObject([{ blobId: old, sums: sumsOf('old') }]);
    expect(await opened.checks.damaged(patientId)).toEqual(new Set([gone]));
    rmSync(join(root, 'vault', patientId, old));
    expect((await opened.checks.summed(patientId, [old])).get(old)?.sums).toEqual(sumsOf('old'));
    expect(await dump()).not.toContain(sumsOf('old').sha256);
  });

  it('takes a blob for damaged whose seal was changed, whatever its bytes are', async () => {
    const [one, two] = [await put('one'), await put('two')];
    const [mine, theirs] = await Promise.all(
      [one, two].map(async (id) => parseSeal((await blobs().findOneByOrFail({ id })).seal)!),
    );
    const seal = sealText({ ...mine!, wrappedSums: theirs!.wrappedSums! });
    const result = await opened.checks.read({ patientId, blobId: one, seal, bytes: 3 }, signal);
    expect(result.finding).toBe('damaged');
  });

  it('remembers nothing of bytes that others took the place of meanwhile', async () => {
    const one = await put('one');
    const { seal } = await blobs().findOneByOrFail({ id: one });
    writeFileSync(join(root, 'vault', patientId, one), 'noise');
    const result = await opened.checks.read({ patientId, blobId: one, seal, bytes: 3 }, signal);
    expect(result.finding).toBe('damaged');
    await put('one');
    expect(await opened.checks.remember([result])).toEqual([]);
    expect(await opened.checks.damaged(patientId)).toEqual(new Set());
  });
});

import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger, newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { bytesOf } from '../testing/bytes-of.js';
import { newProvider, testVault, VAULT_ENTITIES, type TestVault } from '../testing/test-vault.js';
import { Blob } from './blob.entity.js';
import { PlainBlobs } from './plain-blobs.js';

jest.setTimeout(60_000);

describe('PlainBlobs', () => {
  const patient = newId();
  const provider = newProvider();
  let database: TestDatabase;
  let root: string;
  let opened: TestVault;
  beforeEach(async () => {
    database = await testDatabase(VAULT_ENTITIES);
    root = mkdtempSync(join(tmpdir(), 'vitrine-plain-'));
    mkdirSync(join(root, 'vault', patient), { recursive: true });
    opened = reopened();
  });
  afterEach(async () => {
    await database.close();
    rmSync(root, { recursive: true, force: true });
  });

  const reopened = () => testVault(database, root, new FakeClock(), { provider });
  const rows = () => database.dataSource.getRepository(Blob);
  const start = (store = opened.store) =>
    new PlainBlobs(rows(), store, database.transactor, createLogger('test', 'silent')).onModuleInit();
  const pathOf = (blobId: string) => join(root, 'vault', patient, blobId);
  /** As an older version stored it. */
  const plain = async (content: string | Buffer): Promise<string> => {
    const blobId = newId();
    writeFileSync(pathOf(blobId), content);
    const digest = createHash('sha256').update(content).digest('hex');
    const bytes = Buffer.byteLength(content);
    const row = { id: blobId, patientId: patient, digest, bytes, seal: null, createdAt: '2026-01-01' };
    await rows().insert(row);
    return blobId;
  };
  const read = async (blobId: string) =>
    (await bytesOf(await reopened().vault.open(patient, blobId))).toString();

  it('seals what was stored plain, and the same bytes are known again', async () => {
    const [one, two] = [await plain('canary one'), await plain('canary '.repeat(30_000))];
    await start();
    for (const blobId of [one, two]) expect(readFileSync(pathOf(blobId)).includes('canary')).toBe(false);
    expect(await read(one)).toBe('canary one');
    expect(await read(two)).toHaveLength(210_000);
    const again = await opened.vault.put(patient, [Buffer.from('canary one')] as never);
    expect(again).toMatchObject({ blobId: one, known: true });
  });

  it('loses nothing when it is cut off between the file and its row', async () => {
    const [one, two] = [await plain('one'), await plain('two')];
    // Everything is done but the row.
    await opened.store.sealInPlace({ patientId: patient, blobId: one }, 'medical');
    await start(reopened().store);
    expect([await read(one), await read(two)]).toEqual(['one', 'two']);
    const before = readFileSync(pathOf(one));
    await start();
    expect(readFileSync(pathOf(one)).equals(before)).toBe(true);
  });

  it('takes plain bytes that look sealed for what they are', async () => {
    const lookalike = await plain(Buffer.concat([Buffer.from('VTRSEAL1'), Buffer.alloc(100, 'x')]));
    await start();
    expect(await read(lookalike)).toBe(`VTRSEAL1${'x'.repeat(100)}`);
  });

  it('leaves out a file that is lost, and seals the others', async () => {
    const [lost, kept] = [await plain('lost'), await plain('kept')];
    rmSync(pathOf(lost));
    await start();
    expect(await read(kept)).toBe('kept');
    await expect(read(lost)).rejects.toMatchObject({ code: 'vault.damaged' });
  });
});

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { bytesOf } from '../testing/bytes-of.js';
import { keepFile } from '../testing/keep-file.js';
import { sweepAll } from '../testing/sweep-all.js';
import { testVault, VAULT_ENTITIES, type TestVault } from '../testing/test-vault.js';
import { BlobAdditions } from './blob-additions.js';
import { BlobCheck } from './blob-check.entity.js';
import { Blob } from './blob.entity.js';
import { PartitionKey } from './keys/partition-key.entity.js';
import { PatientKey } from './keys/patient-key.entity.js';
import type { VaultService } from './vault.service.js';

jest.setTimeout(60_000);

describe('VaultService', () => {
  const patient = newId();
  const { signal } = new AbortController();
  let database: TestDatabase;
  let root: string;
  let opened: TestVault;
  let vault: VaultService;

  beforeEach(async () => {
    database = await testDatabase(VAULT_ENTITIES);
    root = mkdtempSync(join(tmpdir(), 'vitrine-vault-'));
    opened = testVault(database, root, new FakeClock(), { bytesPerPatient: 100 });
    vault = opened.vault;
  });
  afterEach(async () => {
    await database.close();
    rmSync(root, { recursive: true, force: true });
  });

  // eslint-disable-next-line @typescript-eslint/require-await
  async function* text(value: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(value);
  }
  const put = (value: string, patientId = patient) => vault.put(patientId, text(value));
  const files = (patientId = patient) => readdirSync(join(root, 'vault', patientId));

  it('stores the same bytes of one patient once, and says so', async () => {
    const first = await put('same');
    const second = await put('same');
    expect(second).toEqual({ ...first, known: true });
    expect(files()).toEqual([first.blobId]);
  });

  it('stores the same bytes once too when they come in at the same time', async () => {
    const stored = await Promise.all([put('twin'), put('twin'), put('twin')]);
    expect(new Set(stored.map((file) => file.blobId)).size).toBe(1);
    expect(stored.filter((file) => !file.known)).toHaveLength(1);
    expect(files()).toHaveLength(1);
  });

  it('never shares bytes between patients', async () => {
    const other = newId();
    const mine = await put('same');
    const theirs = await put('same', other);
    expect(theirs.known).toBe(false);
    await expect(vault.open(other, mine.blobId)).rejects.toMatchObject({ code: 'delegation.not-visible' });
    expect((await bytesOf(await vault.open(patient, mine.blobId))).toString()).toBe('same');
  });

  it('keeps no digest by which a known file could be looked up, nor one that two patients share', async () => {
    const plain = createHash('sha256').update('same').digest('hex');
    await put('same');
    await put('same', newId());
    const digests = (await database.dataSource.getRepository(Blob).find()).map(({ digest }) => digest);
    expect(new Set([...digests, plain]).size).toBe(3);
  });

  it('takes no more than the patient has room for, and keeps what is there', async () => {
    await put('x'.repeat(60));
    await expect(put('y'.repeat(60))).rejects.toMatchObject({ code: 'vault.quota-exceeded' });
    expect(await vault.usage(patient)).toBe(60);
    expect(files()).toHaveLength(1);
  });

  it('takes no more than that when much comes at the same time', async () => {
    const stored = await Promise.allSettled(['a', 'b', 'c'].map((letter) => put(letter.repeat(40))));
    expect(stored.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(stored.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'vault.quota-exceeded' },
    });
    expect(await vault.usage(patient)).toBe(80);
    expect(files()).toHaveLength(2);
  });

  it('writes the rows of what comes at the same time in few transactions', async () => {
    await put('x');
    const transactions = jest.spyOn(database.transactor, 'run');
    await Promise.all(Array.from({ length: 30 }, (_, n) => put(String(n))));
    expect(transactions.mock.calls.length).toBeLessThan(15);
    expect(files()).toHaveLength(31);
  });

  describe('keeps many files at one go', () => {
    const prepare = (value: string) => {
      const path = join(root, newId());
      writeFileSync(path, value);
      return vault.prepareFile(patient, { path });
    };
    const visible = () => (existsSync(join(root, 'vault', patient)) ? files() : []);

    it('in one transaction, none of them visible before, the same bytes once', async () => {
      const before = await put('known');
      const prepared = await Promise.all(['a', 'b', 'a', 'known'].map(prepare));
      expect(visible().filter((name) => !name.endsWith('.part'))).toEqual([before.blobId]);
      const run = jest.spyOn(database.transactor, 'run');
      const [a, b, twin, known] = await vault.keepAll(prepared);
      expect(run).toHaveBeenCalledTimes(1);
      expect([a?.known, b?.known, known]).toEqual([false, false, { ...before, known: true }]);
      expect(twin).toEqual({ ...a, known: true });
      expect(new Set(visible())).toEqual(new Set([before.blobId, a?.blobId, b?.blobId]));
      expect((await bytesOf(await vault.open(patient, b?.blobId ?? ''))).toString()).toBe('b');
    });

    it('or none of them, when all together are too many, or one cannot be kept', async () => {
      const prepared = await Promise.all(['x', 'y', 'z'].map((letter) => prepare(letter.repeat(40))));
      await expect(vault.keepAll(prepared)).rejects.toMatchObject({ code: 'vault.quota-exceeded' });
      expect(visible()).toEqual([]);
      const [first, second] = await Promise.all(['one', 'two'].map(prepare));
      const broken = {
        ...second!,
        pending: { ...second!.pending, commit: () => second!.pending.discard().then(fail) },
      };
      await expect(vault.keepAll([first!, broken])).rejects.toThrow('cannot');
      expect(visible()).toEqual([]);
      expect(await vault.usage(patient)).toBe(0);
    });

    it('leaves nothing of what is discarded', async () => {
      await vault.discard(await Promise.all(['one', 'two'].map(prepare)));
      expect(visible()).toEqual([]);
    });
  });

  it('lends blobs with what opens each of them, and nothing when one of them is not the patient’s', async () => {
    const [mine, theirs] = [await put('mine'), await put('theirs', newId())];
    const target = join(root, 'session');
    await opened.layOut(patient, [{ blobId: mine.blobId, path: 'item-1/1.dcm' }], target, signal);
    expect(readFileSync(join(target, 'item-1/1.dcm'), 'utf8')).toBe('mine');
    const lent = jest.fn(() => Promise.resolve());
    await expect(vault.lend(patient, [mine.blobId, theirs.blobId], signal, lent)).rejects.toMatchObject({
      code: 'delegation.not-visible',
    });
    expect(lent).not.toHaveBeenCalled();
  });

  it('says that a file is damaged when its bytes are missing or cut', async () => {
    const { blobId } = await put('whole');
    writeFileSync(join(root, 'vault', patient, blobId), 'who');
    await expect(vault.open(patient, blobId).then(bytesOf)).rejects.toMatchObject({ code: 'vault.damaged' });
    rmSync(join(root, 'vault', patient, blobId));
    await expect(vault.open(patient, blobId)).rejects.toMatchObject({ code: 'vault.damaged' });
  });

  describe('heals by the same file coming in again', () => {
    const content = async (blobId: string) => (await bytesOf(await vault.open(patient, blobId))).toString();
    const row = (id: string) => database.dataSource.getRepository(Blob).findOneByOrFail({ id });
    const check = async (blobId: string) => {
      const { seal, bytes } = await row(blobId);
      const result = await opened.checks.read({ patientId: patient, blobId, seal, bytes }, signal);
      await opened.checks.remember([result]);
      return result.finding;
    };

    it('what was found damaged', async () => {
      const { blobId } = await put('precious');
      const path = join(root, 'vault', patient, blobId);
      const bytes = readFileSync(path);
      bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
      writeFileSync(path, bytes);
      expect(await check(blobId)).toBe('damaged');
      expect(await put('precious')).toMatchObject({ blobId, known: true });
      expect(await content(blobId)).toBe('precious');
      expect(await opened.checks.damaged(patient)).toEqual(new Set());
      expect(await check(blobId)).toBe('intact');
      expect(files()).toEqual([blobId]);
    });

    it('what is gone or cut, before anybody noticed', async () => {
      const { blobId } = await put('precious');
      const path = join(root, 'vault', patient, blobId);
      const source = join(root, 'source');
      writeFileSync(source, 'precious');
      rmSync(path);
      await keepFile(vault, patient, { path: source });
      expect(await content(blobId)).toBe('precious');
      writeFileSync(path, readFileSync(path).subarray(0, 20));
      await put('precious');
      expect(await content(blobId)).toBe('precious');
      expect(files()).toEqual([blobId]);
    });

    it('and touches nothing that is intact', async () => {
      const { blobId } = await put('precious');
      const before = await row(blobId);
      expect(await check(blobId)).toBe('intact');
      await put('precious');
      expect(await row(blobId)).toEqual(before);
    });
  });

  it('forgets in the caller’s transaction and erases after it', async () => {
    const { blobId } = await put('old');
    await database.transactor.run((manager) => vault.forget(manager, patient, [blobId]));
    expect(files()).toEqual([blobId]);
    await vault.erase(patient, [blobId]);
    expect(files()).toEqual([]);
  });

  it('shreds a patient: no copy of the bytes can be opened any more, and nobody else loses anything', async () => {
    const [mine, theirs, them] = [await put('mine'), await put('theirs', newId()), newId()];
    const stolen = readFileSync(join(root, 'vault', patient, mine.blobId));
    const row = await database.dataSource.getRepository(Blob).findOneByOrFail({ id: mine.blobId });
    await opened.checks.remember([
      { blob: { patientId: patient, blobId: mine.blobId, seal: row.seal, bytes: 4 }, finding: 'intact' },
    ]);
    await vault.shred(patient);
    expect(files()).toEqual([]);
    expect(await vault.usage(patient)).toBe(0);
    for (const entity of [PatientKey, PartitionKey, BlobCheck])
      expect(await database.dataSource.getRepository(entity).countBy({ patientId: patient })).toBe(0);
    // The thief puts back what was copied before.
    writeFileSync(join(root, 'vault', patient, mine.blobId), stolen);
    await database.dataSource.getRepository(Blob).insert(row);
    await expect(vault.open(patient, mine.blobId)).rejects.toMatchObject({ code: 'vault.damaged' });
    expect(theirs.known).toBe(false);
    expect((await put('new', them)).known).toBe(false);
  });

  it('sweeps what a crash left: unfinished writes and files without a row', async () => {
    const { blobId } = await put('kept');
    writeFileSync(join(root, 'vault', patient, `${newId()}.part`), 'half');
    writeFileSync(join(root, 'vault', patient, newId()), 'no row');
    expect(await sweepAll(vault)).toBe(2);
    expect(files()).toEqual([blobId]);
  });

  it('does not sweep away what is just being stored, whose bytes are there before its row', async () => {
    const add = BlobAdditions.prototype.add;
    let swept = -1;
    jest.spyOn(BlobAdditions.prototype, 'add').mockImplementationOnce(async function (
      this: BlobAdditions,
      ...args
    ) {
      expect(files()).toHaveLength(1);
      swept = await vault.sweepUnnamed(AbortSignal.timeout(5_000));
      return add.apply(this, args);
    });
    const { blobId } = await put('mine');
    expect(swept).toBe(0);
    expect(await bytesOf(await vault.open(patient, blobId))).toEqual(Buffer.from('mine'));
    // From then on its row speaks for it.
    expect(await vault.sweepUnnamed(AbortSignal.timeout(5_000))).toBe(0);
  });
});

const fail = (): never => {
  throw new Error('cannot');
};

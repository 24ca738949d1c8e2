import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { bytesOf } from '../testing/bytes-of.js';
import { describeBlobStore } from '../testing/describe-blob-store.js';
import { newProvider, testVault, VAULT_ENTITIES, type TestVault } from '../testing/test-vault.js';
import type { BlobRef } from './blob-store.js';
import type { Partition } from './keys/partition.js';
import { parseSeal, sealText } from './seal.js';

jest.setTimeout(60_000);

const databases = new Map<string, Promise<TestDatabase>>();
const provider = newProvider();
const openVault = async (root: string): Promise<TestVault> => {
  const database = databases.get(root) ?? testDatabase(VAULT_ENTITIES);
  databases.set(root, database);
  return testVault(await database, root, new FakeClock(), { provider });
};
afterAll(async () => {
  for (const database of databases.values()) await (await database).close();
});

describeBlobStore('SealedBlobStore', async (root) => (await openVault(root)).store);

describe('SealedBlobStore', () => {
  const patient = newId();
  const { signal } = new AbortController();
  let root: string;
  let opened: TestVault;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'vitrine-sealed-'));
    opened = await openVault(root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const add = async (content: Buffer, partition: Partition = 'medical', patientId = patient) => {
    const blob = { patientId, blobId: newId() };
    const source = join(root, newId());
    writeFileSync(source, content);
    const pending = await opened.store.writeFile(blob, { path: source }, { partition });
    await pending.commit();
    return { ...blob, seal: pending.seal };
  };
  const pathOf = ({ patientId, blobId }: BlobRef) => join(root, 'vault', patientId, blobId);
  const read = async (ref: BlobRef) => bytesOf(await opened.store.read(ref));
  const copied = async (ref: BlobRef) => {
    const target = join(root, newId());
    await opened.copy(ref, target, signal);
    return readFileSync(target);
  };
  /** Neither way in may open it, and no half of it may stay. */
  const refused = async (ref: BlobRef) => {
    await expect(read(ref)).rejects.toMatchObject({ code: 'vault.damaged' });
    const target = join(root, newId());
    await expect(opened.copy(ref, target, signal)).rejects.toThrow();
    expect(existsSync(target)).toBe(false);
  };

  it.each([0, 1, 65_535, 65_536, 65_537, 20 * 1024 * 1024 + 5])('opens %i bytes', async (size) => {
    const content = randomBytes(size);
    const ref = await add(content);
    expect((await copied(ref)).equals(content)).toBe(true);
    expect((await read(ref)).equals(content)).toBe(true);
    expect(await opened.store.stat(ref)).toEqual({ bytes: size });
  });

  it('keeps nothing of the content or the keys in what it writes', async () => {
    const ref = await add(Buffer.alloc(100_000, 'canary '));
    expect(readFileSync(pathOf(ref)).includes('canary')).toBe(false);
    const { key } = await opened.keys.forWriting(patient, 'medical');
    expect(JSON.stringify({ ref, key })).not.toContain(key.export().toString('base64'));
  });

  it('refuses a changed bit and a cut', async () => {
    const ref = await add(randomBytes(200_000));
    const whole = readFileSync(pathOf(ref));
    const forged = Buffer.from(whole);
    forged.writeUInt8(forged.readUInt8(100_000) ^ 1, 100_000);
    for (const bytes of [forged, whole.subarray(0, -1), whole.subarray(0, 8 + 65_559), Buffer.alloc(0)]) {
      writeFileSync(pathOf(ref), bytes);
      await refused(ref);
    }
    writeFileSync(pathOf(ref), whole);
    expect(await read(ref)).toHaveLength(200_000);
  });

  it('refuses two files of one patient that changed places', async () => {
    const [one, two] = [await add(Buffer.from('one')), await add(Buffer.from('two'))];
    copyFileSync(pathOf(one), pathOf(two));
    await refused(two);
    // Nor with the row of the other.
    await refused({ ...two, seal: one.seal });
  });

  it('refuses a file and a row that were moved to another patient', async () => {
    const mine = await add(Buffer.from('mine'));
    const theirs = await add(Buffer.from('theirs'), 'medical', newId());
    copyFileSync(pathOf(mine), pathOf(theirs));
    await refused({ ...theirs, seal: mine.seal });
    await refused(theirs);
  });

  it('refuses the bytes of a former version', async () => {
    const first = await add(Buffer.from('first'));
    const former = readFileSync(pathOf(first));
    const again = await opened.store.write(first, [Buffer.from('other')] as never, { partition: 'medical' });
    await again.commit();
    const second = { ...first, seal: again.seal };
    expect((await read(second)).toString()).toBe('other');
    writeFileSync(pathOf(first), former);
    await refused(second);
    const seal = parseSeal(first.seal);
    if (seal) await refused({ ...first, seal: sealText({ ...seal, version: 2 }) });
  });

  it('refuses a row that names another partition, another key version, or nothing', async () => {
    const ref = await add(Buffer.from('x'), 'imaging');
    await add(Buffer.from('y'), 'genome');
    await opened.keys.renew(patient, 'imaging');
    const seal = parseSeal(ref.seal);
    expect(seal?.partition).toBe('imaging');
    if (!seal) return;
    await refused({ ...ref, seal: sealText({ ...seal, partition: 'genome' }) });
    await refused({ ...ref, seal: sealText({ ...seal, keyVersion: 2 }) });
    for (const text of [
      null,
      '',
      'x',
      sealText(seal).replace('2:', '9:'),
      sealText(seal).replace('2:', '1:'),
    ])
      await refused({ ...ref, seal: text });
  });

  it('reads old bytes under the old key after a partition’s key was renewed', async () => {
    const before = await add(Buffer.from('before'), 'imaging');
    await opened.keys.renew(patient, 'imaging');
    const after = await add(Buffer.from('after'), 'imaging');
    expect([parseSeal(before.seal)?.keyVersion, parseSeal(after.seal)?.keyVersion]).toEqual([1, 2]);
    expect((await read(before)).toString()).toBe('before');
    expect((await read(after)).toString()).toBe('after');
  });

  it('keeps the sums of the plain bytes sealed, and opens them for nobody else’s blob', async () => {
    const content = randomBytes(100_000);
    const sums = { sha256: createHash('sha256').update(content).digest('hex'), crc32: crc32(content) };
    const ref = await add(content);
    const written = { patientId: patient, blobId: newId() };
    const pending = await opened.store.write(written, [content] as never, { partition: 'imaging' });
    expect(await opened.store.sumsOf(ref)).toEqual(sums);
    expect(await opened.store.sumsOf({ ...written, seal: pending.seal })).toEqual(sums);
    for (const form of ['hex', 'base64'] as const)
      expect(ref.seal).not.toContain(Buffer.from(sums.sha256, 'hex').toString(form));
    const other = await add(Buffer.from('other'));
    const [mine, theirs] = [parseSeal(ref.seal), parseSeal(other.seal)];
    const mixed = { ...mine!, ...(theirs?.wrappedSums ? { wrappedSums: theirs.wrappedSums } : {}) };
    await expect(opened.store.sumsOf({ ...ref, seal: sealText(mixed) })).rejects.toMatchObject({
      code: 'vault.damaged',
    });
    await pending.discard();
  });

  it('opens what was sealed without sums, and takes them in later', async () => {
    const ref = await add(Buffer.from('older'));
    const { partition, keyVersion, version, wrappedKey } = parseSeal(ref.seal)!;
    const older = { ...ref, seal: sealText({ partition, keyVersion, version, wrappedKey }) };
    expect((await read(older)).toString()).toBe('older');
    expect(await opened.store.sumsOf(older)).toBeUndefined();
    const sums = { sha256: 'ab'.repeat(32), crc32: 0xffffffff };
    const seal = await opened.store.sealWithSums(older, sums);
    expect(await opened.store.sumsOf({ ...older, seal })).toEqual(sums);
    expect((await read({ ...older, seal })).toString()).toBe('older');
  });

  it('opens no more than the part that is read', async () => {
    const content = randomBytes(300_000);
    const ref = await add(content);
    const bytes = readFileSync(pathOf(ref));
    bytes.fill(0, 8, 8 + 65_559);
    writeFileSync(pathOf(ref), bytes);
    const range = { start: 70_000, end: 140_000 };
    expect(
      (await bytesOf(await opened.store.read(ref, range))).equals(content.subarray(70_000, 140_000)),
    ).toBe(true);
    await refused(ref);
  });

  it('closes the file of a reader who leaves before the first byte', async () => {
    const ref = await add(randomBytes(200_000));
    const stream = await opened.store.read(ref);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy();
    await closed;
    expect((await read(ref)).length).toBe(200_000);
  });
});

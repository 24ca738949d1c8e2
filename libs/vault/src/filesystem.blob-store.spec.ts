import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { describeBlobStore } from '../testing/describe-blob-store.js';
import { FilesystemBlobStore } from './filesystem.blob-store.js';

const MEDICAL = { partition: 'medical' } as const;

describeBlobStore('FilesystemBlobStore', (root) => new FilesystemBlobStore(join(root, 'vault')));

describe('FilesystemBlobStore', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'vitrine-store-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  // eslint-disable-next-line @typescript-eslint/require-await
  async function* text(value: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(value);
  }

  it('lets nobody else read folders or files', async () => {
    const store = new FilesystemBlobStore(join(root, 'vault'));
    const [patient, blob] = [newId(), newId()];
    await (await store.write({ patientId: patient, blobId: blob }, text('x'), MEDICAL)).commit();
    expect(statSync(join(root, 'vault', patient)).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, 'vault', patient, blob)).mode & 0o777).toBe(0o600);
  });

  it('reads no file that a link points to', async () => {
    const [patient, blob] = [newId(), newId()];
    mkdirSync(join(root, patient));
    writeFileSync(join(root, 'outside'), 'not yours');
    symlinkSync(join(root, 'outside'), join(root, patient, blob));
    const store = new FilesystemBlobStore(root);
    const name = { patientId: patient, blobId: blob };
    await expect(store.read({ ...name, seal: null })).rejects.toMatchObject({ code: 'vault.damaged' });
    expect(await store.stat(name)).toBeUndefined();
  });

  it.each(['ENOSPC', 'EDQUOT'])('says that the disk is full on %s and leaves nothing', async (code) => {
    const store = new FilesystemBlobStore(root);
    const patient = newId();
    // eslint-disable-next-line @typescript-eslint/require-await
    async function* full(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('some');
      throw Object.assign(new Error('write'), { code });
    }
    await expect(store.write({ patientId: patient, blobId: newId() }, full(), MEDICAL)).rejects.toMatchObject(
      { code: 'vault.disk-full' },
    );
    expect(readdirSync(store.pendingFolder)).toEqual([]);
    expect(await store.patients()).toEqual([]);
  });
});

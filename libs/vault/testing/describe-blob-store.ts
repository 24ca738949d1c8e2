import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import type { BlobStore } from '../src/blob-store.js';

const patient = newId();
const other = newId();

export const bytesOf = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
};

// eslint-disable-next-line @typescript-eslint/require-await
async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('connection lost');
}

/** What every blob store keeps, whatever it is made of. */
export function describeBlobStore(name: string, open: (root: string) => BlobStore): void {
  describe(`${name} as a BlobStore`, () => {
    let root: string;
    let store: BlobStore;
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'vitrine-store-'));
      store = open(root);
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    const add = async (...texts: string[]) => {
      const pending = await store.write(patient, pieces(...texts));
      const blobId = newId();
      await pending.commit(blobId);
      return { ...pending, blobId };
    };
    const listed = async (patientId: string) => {
      const ids: string[] = [];
      for await (const { blobId } of store.list(patientId)) ids.push(blobId);
      return ids;
    };

    it('gives back exactly the bytes that were written, and their SHA-256', async () => {
      const { blobId, sha256, bytes } = await add('one ', 'two ', 'three');
      expect((await bytesOf(await store.read(patient, blobId))).toString()).toBe('one two three');
      expect(sha256).toBe(createHash('sha256').update('one two three').digest('hex'));
      expect(bytes).toBe(13);
      expect(await store.stat(patient, blobId)).toEqual({ bytes: 13 });
    });

    it('reads a part', async () => {
      const { blobId } = await add('0123456789');
      expect((await bytesOf(await store.read(patient, blobId, { start: 3, end: 6 }))).toString()).toBe('345');
    });

    it('takes an empty file', async () => {
      const { blobId } = await add();
      expect(await bytesOf(await store.read(patient, blobId))).toHaveLength(0);
    });

    it('shows nothing before it is committed, and nothing after it was discarded', async () => {
      const pending = await store.write(patient, pieces('secret'));
      expect(await listed(patient)).toEqual([]);
      await pending.discard();
      expect(await listed(patient)).toEqual([]);
      expect(await store.sweep()).toBe(0);
    });

    it('leaves nothing of a write that broke off', async () => {
      await expect(store.write(patient, broken())).rejects.toThrow('connection lost');
      expect(await store.sweep()).toBe(0);
    });

    it('leaves nothing of more bytes than were allowed', async () => {
      await expect(store.write(patient, pieces('12345', '6'), { maximumBytes: 5 })).rejects.toMatchObject({
        code: 'vault.quota-exceeded',
      });
      expect(await store.sweep()).toBe(0);
    });

    it('sweeps a write that never ended, and keeps what was committed', async () => {
      const { blobId } = await add('kept');
      await store.write(patient, pieces('forgotten'));
      expect(await open(root).sweep()).toBe(1);
      expect(await listed(patient)).toEqual([blobId]);
    });

    it('keeps patients apart', async () => {
      const { blobId } = await add('mine');
      await expect(store.read(other, blobId)).rejects.toMatchObject({ code: 'vault.damaged' });
      expect(await store.stat(other, blobId)).toBeUndefined();
      await store.remove(other, blobId);
      expect(await listed(patient)).toEqual([blobId]);
      expect(await store.patients()).toEqual([patient]);
    });

    it('copies into a file of its own and never over another', async () => {
      const { blobId } = await add('copy me');
      const target = join(root, 'target');
      const { signal } = new AbortController();
      await store.copyTo(patient, blobId, target, signal);
      expect(readFileSync(target, 'utf8')).toBe('copy me');
      await expect(store.copyTo(patient, blobId, target, signal)).rejects.toThrow();
    });

    it('removes once and for all, and does not mind what is gone', async () => {
      const { blobId } = await add('gone');
      await store.remove(patient, blobId);
      await store.remove(patient, blobId);
      expect(await listed(patient)).toEqual([]);
    });

    it.each(['../escape', '', '..', 'a'.repeat(32) + '/x', 'A'.repeat(32)])(
      'never makes a path of the name %j',
      async (name) => {
        await expect(store.write(name, pieces('x'))).rejects.toThrow(TypeError);
        await expect(store.read(patient, name)).rejects.toThrow(TypeError);
        await expect(store.remove(name, newId())).rejects.toThrow(TypeError);
        const pending = await store.write(patient, pieces('x'));
        await expect(pending.commit(name)).rejects.toThrow(TypeError);
        expect(await store.sweep()).toBe(0);
      },
    );
  });
}

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { contextOf, newKey, sealed } from '@vitrine/sealing';
import type { BlobRef, BlobStore, PendingBlob, SourceFile } from '../src/blob-store.js';
import { bytesOf } from './bytes-of.js';

const patient = newId();
const other = newId();
const medical = { partition: 'medical' } as const;

// eslint-disable-next-line @typescript-eslint/require-await
async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('connection lost');
}

const name = (patientId = patient) => ({ patientId, blobId: newId() });

/** What every blob store keeps, whatever it is made of. `open` with the same root opens the same store again. */
export function describeBlobStore(
  title: string,
  open: (root: string) => BlobStore | Promise<BlobStore>,
): void {
  describe(`${title} as a BlobStore`, () => {
    let root: string;
    let store: BlobStore;
    beforeEach(async () => {
      root = mkdtempSync(join(tmpdir(), 'vitrine-store-'));
      store = await open(root);
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    const commit = async (blob: { patientId: string; blobId: string }, pending: PendingBlob) => {
      await pending.commit();
      return { ...blob, seal: pending.seal, bytes: pending.bytes, digest: pending.digest };
    };
    const add = async (...texts: string[]) => {
      const blob = name();
      return commit(blob, await store.write(blob, pieces(...texts), medical));
    };
    const addFile = async (source: SourceFile) => {
      const blob = name();
      return commit(blob, await store.writeFile(blob, source, medical));
    };
    const read = async (ref: BlobRef) => (await bytesOf(await store.read(ref))).toString();
    const listed = async (patientId: string) => {
      const ids: string[] = [];
      for await (const { blobId } of store.list(patientId)) ids.push(blobId);
      return ids;
    };
    const plainFile = (text: string): string => {
      const path = join(root, newId());
      writeFileSync(path, text);
      return path;
    };

    it('gives back exactly the bytes that were written', async () => {
      const ref = await add('one ', 'two ', 'three');
      expect(await read(ref)).toBe('one two three');
      expect(ref.bytes).toBe(13);
      expect(await store.stat(ref)).toEqual({ bytes: 13 });
    });

    it('gives them back after it was opened again', async () => {
      const ref = await add('still here');
      expect((await bytesOf(await (await open(root)).read(ref))).toString()).toBe('still here');
    });

    it('takes a file, plain or sealed, and knows the same bytes again', async () => {
      const [plain, other] = [await addFile({ path: plainFile('the same') }), await add('other')];
      const terms = { key: newKey(), context: contextOf('an upload') };
      const path = join(root, 'sealed');
      writeFileSync(path, await bytesOf(sealed(pieces('the same'), terms)));
      const unsealed = await addFile({ path, terms });
      const among = join(root, 'among others');
      const bytes = readFileSync(path);
      writeFileSync(among, Buffer.concat([Buffer.from('before'), bytes, Buffer.from('behind')]));
      const cutOut = await addFile({ path: among, terms, slice: { start: 6, bytes: bytes.length } });
      const written = await add('the', ' same');
      expect(await read(plain)).toBe('the same');
      expect(await read(unsealed)).toBe('the same');
      expect(await read(cutOut)).toBe('the same');
      expect(new Set([plain.digest, unsealed.digest, cutOut.digest, written.digest]).size).toBe(1);
      expect(other.digest).not.toBe(plain.digest);
      await expect(
        store.writeFile(name(), { path, terms: { ...terms, key: newKey() } }, medical),
      ).rejects.toMatchObject({ code: 'vault.damaged' });
      expect(await store.sweep()).toBe(0);
    });

    it('reads a part', async () => {
      const ref = await add('0123456789');
      expect((await bytesOf(await store.read(ref, { start: 3, end: 6 }))).toString()).toBe('345');
    });

    it('takes an empty file', async () => {
      const ref = await add();
      expect(await read(ref)).toBe('');
      expect(await read(await addFile({ path: plainFile('') }))).toBe('');
    });

    it('shows nothing before it is committed, and nothing after it was discarded', async () => {
      const pending = await store.write(name(), pieces('secret'), medical);
      expect(await listed(patient)).toEqual([]);
      await pending.discard();
      expect(await listed(patient)).toEqual([]);
      expect(await store.sweep()).toBe(0);
    });

    it('shows what is pending to whoever has to look at it first', async () => {
      const blob = name();
      const pending = await store.write(blob, pieces('one ', 'two'), medical);
      expect(dirname(pending.source.path)).toBe(store.pendingFolder);
      expect(await read(await addFile(pending.source))).toBe('one two');
      await pending.commit();
      expect(existsSync(pending.source.path)).toBe(false);
      await pending.discard();
      expect(await read({ ...blob, seal: pending.seal })).toBe('one two');
    });

    it('leaves nothing of a write that broke off', async () => {
      await expect(store.write(name(), broken(), medical)).rejects.toThrow('connection lost');
      expect(await store.sweep()).toBe(0);
    });

    it('leaves nothing of more bytes than were allowed', async () => {
      const limits = { ...medical, maximumBytes: 5 };
      for (const write of [
        () => store.write(name(), pieces('12345', '6'), limits),
        () => store.writeFile(name(), { path: plainFile('123456') }, limits),
      ])
        await expect(write()).rejects.toMatchObject({ code: 'vault.quota-exceeded' });
      expect(await store.sweep()).toBe(0);
    });

    it('sweeps a write that never ended, and keeps what was committed', async () => {
      const { blobId } = await add('kept');
      await store.write(name(), pieces('forgotten'), medical);
      expect(await (await open(root)).sweep()).toBe(1);
      expect(await listed(patient)).toEqual([blobId]);
    });

    it('keeps patients apart', async () => {
      const ref = await add('mine');
      const theirs = { ...ref, patientId: other };
      await expect(store.read(theirs)).rejects.toMatchObject({ code: 'vault.damaged' });
      expect(await store.stat(theirs)).toBeUndefined();
      await store.remove(theirs);
      expect(await listed(patient)).toEqual([ref.blobId]);
      expect(await store.patients()).toEqual([patient]);
    });

    it('removes once and for all, and does not mind what is gone', async () => {
      const ref = await add('gone');
      await store.remove(ref);
      await store.remove(ref);
      expect(await listed(patient)).toEqual([]);
    });

    it.each(['../escape', '', '..', 'a'.repeat(32) + '/x', 'A'.repeat(32)])(
      'never makes a path of the name %j',
      async (id) => {
        const badPatient = { patientId: id, blobId: newId() };
        const badBlob = { patientId: patient, blobId: id };
        for (const bad of [badPatient, badBlob]) {
          await expect(store.write(bad, pieces('x'), medical)).rejects.toThrow(TypeError);
          await expect(store.writeFile(bad, { path: plainFile('x') }, medical)).rejects.toThrow(TypeError);
          await expect(store.remove(bad)).rejects.toThrow(TypeError);
          await expect(store.stat(bad)).rejects.toThrow(TypeError);
        }
        const { seal } = await add('x');
        await expect(store.read({ ...badBlob, seal })).rejects.toThrow(TypeError);
        expect(await store.sweep()).toBe(0);
      },
    );
  });
}

import { describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { bytesOf } from '@vitrine/vault/testing';
import { ExportLocks } from './export-locks.js';
import { madeSource } from './export-source.js';
import { ZipArchive } from './zip-archive.js';

const jane = newId();
const at = new Date('2026-01-31T09:30:00Z');
const { signal } = new AbortController();

describe('a lock of an export', () => {
  const clock = new FakeClock();
  const locks = new ExportLocks(clock);
  const sealed = async (lockId: string, etag: string) => {
    const sources = [madeSource('a', Buffer.alloc(100_000), at), madeSource('b', Buffer.alloc(0), at)];
    const archive = new ZipArchive(sources, locks.sealer(jane, lockId, etag));
    const bytes = await bytesOf(archive.read({ start: 0, end: archive.bytes }, signal));
    expect(bytes).toHaveLength(archive.bytes);
    return { archive, bytes };
  };

  it('makes the same bytes for the same content, in parts too, and none alike for other content', async () => {
    const { id } = locks.make(jane, 'three blue herons');
    const { archive, bytes } = await sealed(id, '"one"');
    expect((await sealed(id, '"one"')).bytes.equals(bytes)).toBe(true);
    for (const start of [0, 31, 50, 7_777, 99_990])
      expect(
        (await bytesOf(archive.read({ start, end: start + 500 }, signal))).equals(
          bytes.subarray(start, start + 500),
        ),
      ).toBe(true);
    const other = (await sealed(id, '"two"')).bytes;
    expect(other.subarray(60, 1000).equals(bytes.subarray(60, 1000))).toBe(false);
  });

  it('is not there for another patient, when it is over, or when newer ones took its place', () => {
    const { id } = locks.make(jane, 'three blue herons');
    expect(() => locks.sealer(newId(), id, '"x"')).toThrow('not yours');
    expect(() => locks.sealer(jane, newId(), '"x"')).toThrow('not yours');
    for (let more = 0; more < 3; more++) locks.make(jane, 'three blue herons');
    locks.sealer(jane, id, '"x"');
    locks.make(jane, 'three blue herons');
    expect(() => locks.sealer(jane, id, '"x"')).toThrow('not yours');
    const last = locks.make(jane, 'three blue herons').id;
    clock.advance(12 * 60 * 60_000);
    expect(() => locks.sealer(jane, last, '"x"')).toThrow('not yours');
  });
});

import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { contextOf, SealBroken, sealedSize, segmentsOf } from './format.js';
import { newKey } from './keys.js';
import { PoolFailed, SealingPool } from './sealing-pool.js';

jest.setTimeout(60_000);

describe('SealingPool', () => {
  const pool = new SealingPool(2);
  const terms = { key: newKey(), context: contextOf('blob') };
  const digestKey = newKey();
  const plain = randomBytes(2_000_003);
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-pool-'));
    writeFileSync(join(folder, 'plain'), plain);
  });
  afterAll(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const into = async <T>(to: string, work: (targetFd: number) => Promise<T>): Promise<T> => {
    const target = await open(join(folder, to), 'w');
    try {
      return await work(target.fd);
    } finally {
      await target.close();
    }
  };
  const sealJob = (targetFd: number) =>
    ({
      kind: 'seal',
      source: join(folder, 'plain'),
      sourceTerms: undefined,
      targetFd,
      terms,
      digestKey,
    }) as const;
  const seal = (to: string, signal?: AbortSignal) =>
    into(to, (targetFd) => pool.run(sealJob(targetFd), signal));
  const segments = segmentsOf(plain.length);
  const openJob = (from: number, to: number, under = terms) =>
    pool.run({
      kind: 'open',
      pieces: [
        {
          source: join(folder, 'sealed'),
          target: join(folder, 'opened'),
          create: false,
          terms: under,
          sealedBytes: sealedSize(plain.length),
          from,
          to,
        },
      ],
    });

  it('seals a file and opens it again, in parts side by side', async () => {
    const digest = createHmac('sha256', digestKey).update(plain).digest('hex');
    const sha256 = createHash('sha256').update(plain).digest('hex');
    expect(await seal('sealed')).toEqual({ bytes: plain.length, digest, sha256, crc32: crc32(plain) });
    writeFileSync(join(folder, 'opened'), '');
    await Promise.all([openJob(0, 11), openJob(11, segments)]);
    expect(readFileSync(join(folder, 'opened')).equals(plain)).toBe(true);
  });

  it('says that content is broken, and goes on with the next', async () => {
    await seal('sealed');
    const other = { ...terms, context: contextOf('other') };
    writeFileSync(join(folder, 'opened'), '');
    await expect(openJob(0, segments, other)).rejects.toThrow(SealBroken);
    await expect(openJob(0, segments)).resolves.toMatchObject({ bytes: plain.length });
  });

  it('does many more jobs than it has threads', async () => {
    const done = await Promise.all(Array.from({ length: 20 }, (_, index) => seal(`many-${index}`)));
    expect(new Set(done.map(({ digest }) => digest)).size).toBe(1);
  });

  it('stops by the signal', async () => {
    const controller = new AbortController();
    const sealing = seal('stopped', controller.signal);
    controller.abort(new Error('no longer wanted'));
    await expect(sealing).rejects.toThrow('no longer wanted');
  });

  it('fails what was under way or waiting when it is closed', async () => {
    const closing = new SealingPool(1);
    const outcome = into('closed', async (targetFd) => {
      const job = sealJob(targetFd);
      const jobs = [closing.run(job), closing.run(job)].map((one) => one.catch((error: unknown) => error));
      await closing.close();
      return Promise.all(jobs);
    });
    for (const error of await outcome) expect(error).toBeInstanceOf(PoolFailed);
  });
});

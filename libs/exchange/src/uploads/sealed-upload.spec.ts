import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contextOf, newKey, SealedFile } from '@vitrine/sealing';
import { SealedUpload } from './sealed-upload.js';

describe('SealedUpload', () => {
  const terms = { key: newKey(), context: contextOf('upload') };
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-upload-'));
    path = join(folder, 'upload');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const withFile = async <T>(work: (file: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> => {
    const file = await open(path, 'a').then(async (made) => {
      await made.close();
      return open(path, 'r+');
    });
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  };
  const offset = (size: number) => withFile((file) => SealedUpload.offsetOf(file, terms, size));
  /** One request; answers where the upload stands after it. */
  const send = (bytes: Buffer, size: number) =>
    withFile(async (file) => {
      const upload = await SealedUpload.at(file, terms, size, await SealedUpload.offsetOf(file, terms, size));
      await upload.append(bytes);
      await upload.finish();
      return upload.offset;
    });
  const content = () =>
    withFile((file) => {
      const sealed = new SealedFile(file.fd, terms);
      return Promise.resolve(Buffer.from(sealed.read(0, sealed.size)));
    });

  it('has what came before on its way to the medium while more comes, and tells when that fails', async () => {
    const [bytes, part] = [randomBytes(1024 * 1024), 40];
    const sendAll = (flush: () => Promise<void>) =>
      withFile(async (file) => {
        file.datasync = flush;
        const upload = await SealedUpload.at(file, terms, part * bytes.length, 0);
        for (let n = 0; n < part; n++) await upload.append(bytes);
        await upload.finish();
      });
    let flushes = 0;
    await sendAll(() => {
      flushes++;
      return Promise.resolve();
    });
    expect(flushes).toBe(1);
    expect((await content()).subarray(-bytes.length).equals(bytes)).toBe(true);
    const broken = Object.assign(new Error('the medium'), { code: 'EIO' });
    await expect(sendAll(() => Promise.reject(broken))).rejects.toBe(broken);
  });

  it.each([
    [0, [0]],
    [1, [1]],
    [65_536, [65_536]],
    [65_537, [65_536, 1]],
    [200_000, [1, 99, 65_436, 65_536, 3, 68_925]],
    [131_072, [40_000, 40_000, 51_072]],
    [3_300_000, [1_048_576, 1_000_000, 1_251_424]],
    [2_097_152, [1_048_577, 1_048_575]],
  ])('takes %i bytes in requests of %j', async (size, requests) => {
    const whole = randomBytes(size);
    let sent = 0;
    for (const bytes of requests) {
      expect(await offset(size)).toBe(sent);
      await send(whole.subarray(sent, sent + bytes), size);
      sent += bytes;
    }
    expect(await offset(size)).toBe(size);
    expect((await content()).equals(whole)).toBe(true);
  });

  it('shows nothing of what came in', async () => {
    await send(Buffer.alloc(100_000, 'canary '), 1_000_000);
    expect(readFileSync(path).includes('canary')).toBe(false);
  });

  it('goes back to the last whole segment when a crash cut what was being written', async () => {
    const whole = randomBytes(200_000);
    await send(whole.subarray(0, 100_000), 200_000);
    truncateSync(path, readFileSync(path).length - 5);
    expect(await offset(200_000)).toBe(65_536);
    await send(whole.subarray(65_536), 200_000);
    expect((await content()).equals(whole)).toBe(true);
  });

  it('begins anew when there is not even one', async () => {
    await send(randomBytes(10), 20);
    truncateSync(path, 12);
    expect(await offset(20)).toBe(0);
  });

  it('takes no more than was announced', async () => {
    await expect(send(Buffer.alloc(21), 20)).rejects.toThrow(RangeError);
  });
});

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ballast, BALLAST_FILE } from './ballast.js';

describe('Ballast', () => {
  let folder: string;
  let ballast: Ballast;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-ballast-'));
    ballast = new Ballast(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const laid = () => statSync(join(folder, BALLAST_FILE)).size;

  it('is laid whole, and laid again whole after slices of it were given up', async () => {
    const { ballastBytes, ballastMissing } = await ballast.room();
    expect(ballastMissing).toBe(ballastBytes);
    await ballast.lay();
    expect(laid()).toBe(ballastBytes);
    expect(await ballast.release()).toBe(true);
    expect(await ballast.release()).toBe(true);
    expect(laid()).toBe(ballastBytes - 2 * (ballastBytes / 16));
    expect((await ballast.room()).ballastMissing).toBe(ballastBytes / 8);
    await ballast.lay();
    expect(laid()).toBe(ballastBytes);
  });

  it('ends: after the last slice there is nothing to give up', async () => {
    expect(await ballast.release()).toBe(false);
    await ballast.lay();
    let slices = 0;
    while (await ballast.release()) slices++;
    expect(slices).toBe(16);
    expect(laid()).toBe(0);
  });

  it('is not laid on when it is ended meanwhile', async () => {
    await ballast.lay(AbortSignal.abort());
    expect(laid()).toBe(0);
  });

  it('refuses content that would need what the disk does not have', async () => {
    await ballast.requireRoom();
    await expect(ballast.requireRoom(Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({
      code: 'vault.disk-full',
    });
  });
});

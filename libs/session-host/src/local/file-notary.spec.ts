import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Problem } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { checkpointKey, digestOf, isSignedBy, type Checkpoint, type CheckpointClaim } from '@vitrine/sealing';
import { FileNotary } from './file-notary.js';

describe('FileNotary', () => {
  const clock = new FakeClock();
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-notary-'));
    path = join(folder, 'secret.checkpoint');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const notary = (seed = 7) => new FileNotary(path, checkpointKey(Buffer.alloc(32, seed)), clock);
  const first: CheckpointClaim = {
    number: 1,
    previous: '',
    firstSequence: 1,
    lastSequence: 5,
    lines: 5,
    sha256: 'a'.repeat(64),
  };
  const after = (last: Checkpoint): CheckpointClaim => ({
    number: last.number + 1,
    previous: digestOf(last),
    firstSequence: last.lastSequence + 1,
    lastSequence: last.lastSequence + 3,
    lines: 3,
    sha256: 'b'.repeat(64),
  });
  const refusal = (claim: CheckpointClaim) =>
    notary()
      .sign(claim)
      .then(
        () => 'signed',
        (error: unknown) => Problem.from(error).code,
      );

  it('signs what follows, with the time, and remembers it over a restart in a file of its own', async () => {
    const one = await notary().sign(first);
    expect(one).toMatchObject({ ...first, at: clock.instant() });
    const two = await notary().sign(after(one));
    const { publicKey, last } = await notary().state();
    expect(last).toEqual(two);
    expect([one, two].map((each) => isSignedBy(publicKey, each))).toEqual([true, true]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('goes on over what a kill left of the next, and leaves nothing but its file', async () => {
    const one = await notary().sign(first);
    writeFileSync(`${path}.draft`, '{"number":2,"previous"'.repeat(100));
    const two = await notary().sign(after(one));
    expect((await notary().state()).last).toEqual(two);
    expect(readdirSync(folder)).toEqual(['secret.checkpoint']);
  });

  it('gives the same again to who did not hear the answer', async () => {
    const one = await notary().sign(first);
    clock.advance(60_000);
    expect(await notary().sign(first)).toEqual(one);
  });

  it.each<[string, (last: Checkpoint) => Partial<CheckpointClaim>]>([
    ['a number that was signed already', ({ number }) => ({ number })],
    ['a number that is left out', ({ number }) => ({ number: number + 2 })],
    ['another past', () => ({ previous: 'c'.repeat(64) })],
    ['no past', () => ({ previous: '' })],
    ['lines that were signed already', ({ lastSequence }) => ({ firstSequence: lastSequence })],
    ['lines that are left out', ({ lastSequence }) => ({ firstSequence: lastSequence + 2 })],
    ['no line', ({ lastSequence }) => ({ lastSequence })],
  ])('does not sign %s, and remembers what it signed', async (_, change) => {
    const last = await notary().sign(first);
    const before = readFileSync(path);
    expect(await refusal({ ...after(last), ...change(last) })).toBe('sessions.not-permitted');
    expect(readFileSync(path)).toEqual(before);
  });

  it('begins with what comes first where nothing is remembered', async () => {
    expect(await notary().sign({ ...first, number: 12, previous: 'd'.repeat(64) })).toMatchObject({
      number: 12,
    });
  });

  it('believes no file that it did not write', async () => {
    const other = await notary(8).sign(first);
    await expect(notary().sign(after(other))).rejects.toThrow('was not written by');
    writeFileSync(path, '{');
    await expect(notary().sign(first)).rejects.toThrow();
  });

  it('lets no field of a signed checkpoint be changed', async () => {
    const one = await notary().sign(first);
    const { publicKey } = await notary().state();
    for (const [name, value] of Object.entries(one).filter(([key]) => key !== 'signature'))
      expect(
        isSignedBy(publicKey, { ...one, [name]: typeof value === 'number' ? value + 1 : `${value}0` }),
      ).toBe(false);
  });
});

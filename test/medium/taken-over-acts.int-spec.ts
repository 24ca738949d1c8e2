import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hostSocketPath, readControlKey, RemoteSessionHost } from '@vitrine/session-host';
import { RawClient } from '@vitrine/session-host/testing';
import { digestOf, type Checkpoint, type CheckpointClaim } from '@vitrine/sealing';
import { untilIdle } from '../support/host-state.js';
import { Stack } from '../support/stack.js';

const REFUSED = /^(cut off|sessions\.not-permitted)/;

/** Somebody has the control plane, its key for the host and the database, and wants what was done not to have been. */
describe('a control plane that was taken over, and the record of acts', () => {
  let stack: Stack;
  let host: RemoteSessionHost;
  let last: Checkpoint;
  const table: string[] = [];

  beforeAll(async () => {
    stack = await Stack.start();
    await untilIdle(stack);
    // Nobody of the product's is beside the one who asks here, and what it wrote is signed.
    await stack.end();
    await stack.startPart('session-host');
    host = new RemoteSessionHost(stack.runDir);
    const { last: signed } = await host.notary.state({ signal: AbortSignal.timeout(10_000) });
    if (signed === undefined) throw new Error('nothing was signed');
    last = signed;
  }, 360_000);
  afterAll(async () => {
    process.stdout.write(`\n${table.join('\n')}\n`);
    host.close();
    await stack.close();
  });

  const sign = async (claim: object): Promise<string> => {
    const client = await RawClient.open(hostSocketPath(stack.runDir), readControlKey(stack.runDir));
    try {
      return await client.ask('signCheckpoint', { claim });
    } finally {
      client.close();
    }
  };
  const next = (): CheckpointClaim => ({
    number: last.number + 1,
    previous: digestOf(last),
    firstSequence: last.lastSequence + 1,
    lastSequence: last.lastSequence + 1,
    lines: 1,
    sha256: 'f'.repeat(64),
  });
  const beginning = () => ({ ...next(), number: 1, previous: '', firstSequence: 1 });

  it.each<[string, () => object]>([
    ['a record that begins anew', beginning],
    ['the last lines once more, with other words', () => ({ ...next(), number: last.number })],
    ['what comes after a past of its own making', () => ({ ...next(), previous: 'f'.repeat(64) })],
    ['lines that were signed already', () => ({ ...next(), firstSequence: last.lastSequence })],
    ['lines without those in between', () => ({ ...next(), firstSequence: last.lastSequence + 10 })],
    ['a number far ahead, so that nobody can go on', () => ({ ...next(), number: Number.MAX_SAFE_INTEGER })],
    ['that the host forgets', () => ({ ...next(), forget: true })],
    ['another time', () => ({ ...next(), at: '2020-01-01T00:00:00.000Z' })],
  ])('does not get signed %s', async (attempt, claim) => {
    const seen = await sign(claim());
    table.push(`${attempt.padEnd(60)} ${seen.slice(0, 80)}`);
    expect(seen).toMatch(REFUSED);
    expect((await host.notary.state({ signal: AbortSignal.timeout(10_000) })).last).toEqual(last);
  });
});

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Stack } from '../support/stack.js';

describe('a control plane without rights', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.startTested();
  }, 120_000);
  afterAll(() => stack.close());

  it('has untrusted files read in a network that leads nowhere', async () => {
    const pid = stack.pidOf('control-plane');
    const readers = () =>
      readdirSync(`/proc/${pid}/task`)
        .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' '))
        .filter((child) => child !== '');
    // One stands by for the next import.
    for (const giveUp = Date.now() + 30_000; readers().length === 0 && Date.now() < giveUp;)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const networks = readers().map((child) => readlinkSync(`/proc/${child}/ns/net`));
    expect(networks.length).toBeGreaterThan(0);
    expect(networks).not.toContain(readlinkSync(`/proc/${pid}/ns/net`));
  });
});

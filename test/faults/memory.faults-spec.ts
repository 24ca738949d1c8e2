import { writeFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionView } from '../support/api-client.js';
import { guestOf, hostState } from '../support/host-state.js';
import { NOTHING_LEFT, showsLife, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
/** Every byte that this viewer may have is taken first. */
const GROWN_MS = 60_000;

const isOver = ({ state }: SessionView): boolean => state === 'ended' || state === 'failed';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a viewer that grows into its limit', () => {
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start();
  }, 360_000);
  afterAll(() => viewing.close());
  afterEach(async () => {
    await viewing.stopAll();
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  });

  /** Something in this guest does this, which takes memory until the kernel ends it or the guest; returns when it is over. */
  const grow = async (guest: Docker.Container, command: string): Promise<void> => {
    const growing = await guest.exec({ Cmd: ['sh', '-c', command], AttachStdout: true });
    (await growing.start({})).resume();
    for (const deadline = Date.now() + GROWN_MS; ; await pause(100)) {
      const { Running } = await growing.inspect().catch(() => ({ Running: false }));
      if (!Running) return;
      if (Date.now() > deadline) throw new Error('nothing was ended');
    }
  };

  it('F9: ends with a plain reason, is not started again, and takes nothing from the others', async () => {
    const [one, other] = [await viewing.open(VIEWER), await viewing.open(VIEWER)];
    const [client, bystander] = [await viewing.look(one.id), await viewing.look(other.id)];
    const guest = await guestOf(viewing.stack, one.id, 'viewer');
    // The kernel ends whoever has most, weighted by this; what lies in memory as files belongs to nobody.
    writeFileSync(`/proc/${(await guest.inspect()).State.Pid}/oom_score_adj`, '1000');
    await grow(guest, 'cat /dev/zero > /tmp/zeros; exec tail /dev/zero');
    await client.closed(GROWN_MS);
    const { state, endReason } = await viewing.patient.untilSession(one.id, isOver);
    expect([state, endReason]).toEqual(['failed', 'out-of-memory']);
    await showsLife(bystander);
    expect((await hostState(viewing.stack)).guests).toHaveLength(2);
    expect(bystander.closing).toBeUndefined();
    await bystander.close();
  });

  it('F9: goes on when only a program beside it was ended', async () => {
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await grow(await guestOf(viewing.stack, id, 'viewer'), 'exec tail /dev/zero');
    await showsLife(client);
    expect((await viewing.settled(id)).state).toBe('ready');
    expect(client.closing).toBeUndefined();
    await client.close();
  });
});

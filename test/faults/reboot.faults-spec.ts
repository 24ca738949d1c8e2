import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { loseMemory } from '../support/host-state.js';
import { PARTS } from '../support/stack.js';
import { NOTHING_LEFT, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';

const isOver = ({ state }: SessionView): boolean => state === 'ended' || state === 'failed';

describe('a machine that starts anew without warning', () => {
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start();
  }, 360_000);
  afterAll(() => viewing.close());

  it('F24: shows no session as running that is not, leaves nothing of them, and still has its links', async () => {
    const { stack, patient, itemIds } = viewing;
    const [ready, starting] = [await viewing.open(VIEWER), await viewing.open(VIEWER)];
    const { url } = await patient.call<{ url: string }>('POST', '/api/links', {
      ...{ itemIds, label: 'Dr Weber', control: 'view' },
    });
    const client = await viewing.look(ready.id);
    await Promise.all(PARTS.map((name) => stack.kill(name)));
    await client.closed();
    await loseMemory(stack);

    await stack.startPart('session-host');
    await Promise.all([stack.startPart('control-plane'), stack.startPart('session-gateway')]);
    await stack.waitUntilHealthy();
    for (const { id } of [ready, starting]) {
      const { state, endReason } = await patient.untilSession(id, isOver);
      expect([state, endReason]).toEqual(['failed', 'viewer-crashed']);
    }
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
    const visitor = new ApiClient(stack);
    await visitor.call('POST', '/api/visit/preview', { secret: url.split('#')[1] });
    const next = await viewing.open(VIEWER);
    await (await viewing.look(next.id)).close();
    await viewing.stop(next.id);
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  });
});

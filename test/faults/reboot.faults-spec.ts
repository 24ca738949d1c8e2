import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { until } from '../support/browser.js';
import { openDatabase } from '../support/database.js';
import { loseMemory } from '../support/host-state.js';
import { firstSignIn } from '../support/people.js';
import { PARTS } from '../support/stack.js';
import { NOTHING_LEFT, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
const SAVING_VIEWER = 'ohif';

const isOver = ({ state }: SessionView): boolean => state === 'ended' || state === 'failed';

describe('a machine that starts anew without warning', () => {
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start();
    const { stack } = viewing;
    const admin = await firstSignIn(
      stack,
      stack.people.find(({ role }) => role === 'admin'),
    );
    await admin.call('POST', `/api/admin/viewers/${SAVING_VIEWER}/results`, { allowed: true });
  }, 360_000);
  afterAll(() => viewing.close());

  const startAnew = async () => {
    const { stack } = viewing;
    await Promise.all(PARTS.map((name) => stack.kill(name)));
    await loseMemory(stack);
    await stack.startPart('session-host');
    await Promise.all([stack.startPart('control-plane'), stack.startPart('session-gateway')]);
    await stack.waitUntilHealthy();
  };

  it('F24: shows no session as running that is not, leaves nothing of them, and still has its links', async () => {
    const { stack, patient, itemIds } = viewing;
    const [ready, starting] = [await viewing.open(VIEWER), await viewing.open(VIEWER)];
    const { url } = await patient.call<{ url: string }>('POST', '/api/links', {
      ...{ itemIds, label: 'Dr Weber', control: 'view' },
    });
    const client = await viewing.look(ready.id);
    await Promise.all([startAnew(), client.closed()]);
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

  it('F24: tells the patient of what was saved in a viewer and is lost, and of nothing else', async () => {
    const { stack, patient } = viewing;
    const opened = [await viewing.open(SAVING_VIEWER), await viewing.open(SAVING_VIEWER)];
    const [saved = '', unused = ''] = opened.map(({ id }) => id);
    for (const id of [saved, unused]) await patient.untilSession(id, ({ state }) => state === 'ready');
    writeFileSync(join(stack.runDir, 'sessions', saved, 'results', 'image.jpg'), 'a capture');
    const database = await openDatabase(stack);
    const known = () =>
      database.prepare('SELECT "id" FROM "session" WHERE "holdsResults" = 1').all() as { id: string }[];
    await until(
      'the capture to be seen',
      () => Promise.resolve(known()),
      (rows) => rows.some(({ id }) => id === saved),
    );
    database.close();
    await startAnew();
    for (const id of [saved, unused]) await patient.untilSession(id, isOver);
    const losses = await patient.call<{ from: { name: string }; notes: { code: string }[] }[]>(
      'GET',
      '/api/record/losses',
    );
    expect(losses).toMatchObject([{ from: { name: 'OHIF Viewer' }, notes: [{ code: 'exchange.gone' }] }]);
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  });
});

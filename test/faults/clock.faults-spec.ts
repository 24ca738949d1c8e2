import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { openDatabase } from '../support/database.js';
import { PASSWORD } from '../support/pages.js';
import { SetClock } from '../support/set-clock.js';
import { NOTHING_LEFT, showsLife, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SESSION_MS = MINUTE_MS;
/** Half a minute between two sweeps, and time to take a session away. */
const SWEEP_MS = 60_000;
/** Further than all other steps here. */
const AHEAD_MS = 60 * DAY_MS;
const AGAIN = { email: 'jane@example.org', password: PASSWORD };

/** When 02:00 becomes 03:00 in Berlin the next time: 01:00 UTC of the last Sunday of March. */
function summerTime(after: number): number {
  for (let year = new Date(after).getUTCFullYear(); ; year++) {
    const lastOfMarch = new Date(Date.UTC(year, 2, 31, 1));
    const at = lastOfMarch.getTime() - lastOfMarch.getUTCDay() * DAY_MS;
    if (at > after) return at;
  }
}

const clock = SetClock.make();

(clock === undefined ? describe.skip : describe)('a clock that somebody sets while sessions run', () => {
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start({
      ...clock?.environment,
      TZ: 'Europe/Berlin',
      VITRINE_SESSION_MINUTES: String(SESSION_MS / MINUTE_MS),
    });
  }, 360_000);
  afterAll(async () => {
    await viewing.close();
    clock?.close();
  });

  const isOver = async (id: string): Promise<void> => {
    const { state, endReason } = await viewing.patient.untilSession(id, ({ state }) => state === 'ended');
    expect([state, endReason]).toEqual(['ended', 'time-up']);
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  };
  const link = async (expiresInMinutes: number): Promise<{ id: string; secret: string }> => {
    const draft = { itemIds: viewing.itemIds, label: 'Dr Weber', control: 'view', expiresInMinutes };
    const made = await viewing.patient.call<{ link: { id: string }; url: string }>('POST', '/api/links', {
      ...draft,
      maximumUses: 10,
    });
    return { id: made.link.id, secret: made.url.split('#')[1] ?? '' };
  };
  /** The answer to somebody who comes by a link: undefined where it lets them in. */
  const refusal = async ({ secret }: { readonly secret: string }): Promise<string | undefined> => {
    const answer = await new ApiClient(viewing.stack).fetch('POST', '/api/visit/redeem', {
      secret,
      name: 'Dr Weber',
    });
    return answer.ok ? undefined : ((await answer.json()) as { code: string }).code;
  };
  const sequences = async (): Promise<number[]> => {
    const database = await openDatabase(viewing.stack);
    const rows = database.prepare('SELECT "sequence" FROM "audit_event" ORDER BY rowid').all() as {
      sequence: number;
    }[];
    database.close();
    return rows.map(({ sequence }) => sequence);
  };
  const areInOrder = async (): Promise<void> => {
    const all = await sequences();
    expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
  };

  it('F23: that is set back opens no link that had expired, and gives no session more time than it had', async () => {
    const [short, long] = [await link(1), await link(600)];
    await clock?.setBy(5 * MINUTE_MS);
    expect([await refusal(short), await refusal(long)]).toEqual(['delegation.link-expired', undefined]);
    const began = Date.now();
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);

    await clock?.setBy(-10 * DAY_MS);
    expect([await refusal(short), await refusal(long)]).toEqual(['delegation.link-expired', undefined]);
    await showsLife(client);
    await (await viewing.look(id)).close();
    await client.closed(SESSION_MS + SWEEP_MS);
    expect(Date.now() - began).toBeGreaterThan(SESSION_MS);
    await isOver(id);
    await areInOrder();
  });

  it('F23: that is set forward ends what is over by then, with a plain reason, and leaves nothing', async () => {
    await clock?.setBy(10 * DAY_MS);
    const unexpired = await link(600);
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await clock?.setBy(10 * DAY_MS);
    await client.closed(SWEEP_MS);
    await viewing.patient.call('POST', '/api/sign-in', AGAIN);
    await isOver(id);
    expect(await refusal(unexpired)).toBe('delegation.link-expired');
    const next = await viewing.open(VIEWER);
    await (await viewing.look(next.id)).close();
    await viewing.stop(next.id);
    await areInOrder();
  });

  it('F23: changes nothing when summer time begins where the machine stands', async () => {
    const begins = summerTime(Date.now() + AHEAD_MS);
    await clock?.setBy(begins - MINUTE_MS / 2 - clock.now());
    await viewing.patient.call('POST', '/api/sign-in', AGAIN);
    const unexpired = await link(60);
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await clock?.setBy(Math.max(0, begins + 1_000 - clock.now()));
    await showsLife(client);
    expect(client.closing).toBeUndefined();
    expect(await refusal(unexpired)).toBeUndefined();
    await client.close();
    await viewing.stop(id);
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
    await areInOrder();
  });
});

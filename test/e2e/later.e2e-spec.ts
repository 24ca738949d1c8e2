import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import type { Browser } from 'playwright-core';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { launchBrowser, portrait, SCREENS, until } from '../support/browser.js';
import { inspected } from '../support/inspected.js';
import { untilShowing } from '../support/pages.js';
import { browserOf } from '../support/people.js';
import { SetClock } from '../support/set-clock.js';
import { Stack } from '../support/stack.js';

/** Enough for a viewer of scans or a reader of documents, and not for both; a reader is less than half of it. */
const ROOM_MIB = '2200';
const MINUTE_MS = 60_000;
/** An hour ahead at least, and the minute in which the form is filled in. */
const AHEAD_MS = 67 * MINUTE_MS;
/** A place is free so long before it begins. */
const EARLY_MS = 5 * MINUTE_MS;
const SWEEP_MS = 60_000;

const clock = SetClock.make();

(clock === undefined ? describe.skip : describe)('a place that a patient keeps for later', () => {
  const beginsAt = Math.ceil((Date.now() + AHEAD_MS) / MINUTE_MS) * MINUTE_MS;
  let stack: Stack;
  let browser: Browser;
  let jane: ApiClient;
  let joe: ApiClient;
  let scan: string[];

  beforeAll(async () => {
    stack = await Stack.start({
      ...clock?.environment,
      VITRINE_SESSION_MIB: ROOM_MIB,
      VITRINE_IDLE_MINUTES: '180',
    });
    browser = await launchBrowser();
    [jane, joe] = [new ApiClient(stack), new ApiClient(stack)];
    await jane.signUp('Jane Doe', 'jane@example.org');
    await jane.addFiles([syntheticReportPdf()]);
    await joe.signUp('Joe Roe', 'joe@example.org');
    const study = syntheticCtStudy({ slices: 4, size: 64, patientName: 'Roe^Joe' });
    scan = (await joe.addFiles(study)).items.map(({ id }) => id);
  }, 360_000);
  afterAll(async () => {
    await browser.close();
    await stack.close();
    clock?.close();
  });

  const asked = () => joe.call<SessionView>('POST', '/api/sessions', { itemIds: scan, viewerId: 'aeskulap' });
  const ofJoe = (id: string) => joe.call<SessionView & { expiresAt: string }>('GET', `/api/sessions/${id}`);

  it('is there when its time comes: who looks before then ends by then, and who comes then waits', async () => {
    const { page } = await browserOf(browser, stack, jane);
    await page.goto('/later');
    const at = new Date(beginsAt);
    const two = (part: number) => String(part).padStart(2, '0');
    await page.getByLabel('What do you want to look at?').selectOption({ index: 1 });
    await page.getByLabel('Day').fill(`${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`);
    await page.getByLabel('Time').fill(`${two(at.getHours())}:${two(at.getMinutes())}`);
    await page.getByText('30 minutes').click();
    await page.getByRole('button', { name: 'Keep this place' }).click();
    await page.getByRole('button', { name: /^Give it up: / }).waitFor();
    await portrait(page, 'p-later-kept');
    expect(await inspected(page)).toEqual({});

    // There is room for somebody else until then, and they are told until when.
    const early = await asked();
    await joe.untilSession(early.id, ({ step }) => step === 'showing');
    expect(Date.parse((await ofJoe(early.id)).expiresAt)).toBe(beginsAt - EARLY_MS);

    await clock?.setBy(beginsAt - 4 * MINUTE_MS - clock.now());
    const isOver = ({ state }: SessionView) => state === 'ended';
    const over = await until('the time of the first', () => ofJoe(early.id), isOver, SWEEP_MS);
    expect(over.endReason).toBe('time-up');
    const late = await asked();
    expect((await ofJoe(late.id)).step).toBe('waiting');

    await page.clock.setFixedTime(clock?.now() ?? 0);
    await page.goto('/later');
    await page.getByRole('button', { name: 'Open now' }).waitFor();
    await portrait(page, 'p-later-now');
    expect(await inspected(page)).toEqual({});
    await page.getByRole('button', { name: 'Open now' }).click();
    await page.waitForURL(/\/viewer\//);
    await untilShowing(page);
    await page.screenshot({ path: join(SCREENS, 'p-later-open.png') });
    expect((await ofJoe(late.id)).step).toBe('waiting');

    // Who has looked gives the place up, and the next one in line has it.
    for (const { id } of await jane.call<SessionView[]>('GET', '/api/sessions'))
      await jane.call('POST', `/api/sessions/${id}/stop`);
    await page.goto('/later');
    await page.getByRole('button', { name: /^Give it up: / }).click();
    await page.getByText('No place is kept for you.').waitFor();
    await joe.untilSession(late.id, ({ step }) => step === 'showing');
  });
});

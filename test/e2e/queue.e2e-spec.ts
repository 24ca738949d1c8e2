import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { launchBrowser, portrait, type Person } from '../support/browser.js';
import { inspected } from '../support/inspected.js';
import { open, untilShowing } from '../support/pages.js';
import { browserOf } from '../support/people.js';
import { Stack } from '../support/stack.js';

/** Enough for a viewer of scans or a reader of documents, and not for both. */
const ROOM_MIB = '2200';

describe('a host whose places are all taken', () => {
  let stack: Stack;
  let browser: Browser;
  let patient: Person;
  let client: ApiClient;

  beforeAll(async () => {
    stack = await Stack.startTested({ VITRINE_SESSION_MIB: ROOM_MIB });
    browser = await launchBrowser();
    client = new ApiClient(stack);
    await client.signUp('Jane Doe', 'jane@example.org');
    patient = await browserOf(browser, stack, client);
  });

  afterAll(async () => {
    await browser.close();
    await stack.close();
  });

  it('lets a person wait, says for how long at most, and starts by itself when a place is free', async () => {
    await client.addFiles([syntheticReportPdf()]);
    const { items } = await client.addFiles(
      syntheticCtStudy({ slices: 4, size: 64, patientName: 'Doe^Jane' }),
    );
    const itemIds = items.map(({ id }) => id);
    const first = await client.call<SessionView>('POST', '/api/sessions', { itemIds, viewerId: 'aeskulap' });
    await client.untilSession(first.id, ({ step }) => step === 'showing');

    const { page } = patient;
    await open(page, 'ct-head-report');
    await page.getByText('All places are taken at the moment.').waitFor();
    await page.getByText('You are next.').waitFor();
    expect(await page.getByText('Leave this page open').isVisible()).toBe(true);
    await portrait(page, 'p-waiting');
    expect(await inspected(page)).toEqual({});

    await client.call('POST', `/api/sessions/${first.id}/stop`);
    await untilShowing(page);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { syntheticReportPdf } from '@vitrine/samples';
import { ApiClient } from '../support/api-client.js';
import { launchBrowser, portrait } from '../support/browser.js';
import { EngineGate } from '../support/engine-gate.js';
import { display } from '../support/pages.js';
import { browserOf } from '../support/people.js';
import { Stack } from '../support/stack.js';

/** The engine is looked for every few seconds, and the page asks now and then. */
const OFFERED_MS = 60_000;

describe('an installation whose engine is not there yet when it starts for the first time', () => {
  let folder: string;
  let engine: EngineGate;
  let stack: Stack;
  let patient: ApiClient;
  let browser: Browser;
  let page: Page;
  let itemIds: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-no-engine-'));
    engine = new EngineGate(join(folder, 'engine.sock'));
    stack = await Stack.start({ VITRINE_ENGINE_SOCKET: engine.path });
    patient = new ApiClient(stack);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await stack.close();
    await engine.down();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes files in and keeps the record', async () => {
    await patient.signUp('Jane Doe', 'jane@example.org');
    itemIds = (await patient.addFiles([syntheticReportPdf()])).items.map(({ id }) => id);
    const { items } = await patient.call<{ items: { id: string }[] }>('GET', '/api/record');
    expect(items.map(({ id }) => id)).toEqual(itemIds);
  });

  it('says that no viewer is ready yet', async () => {
    const refused = await patient.openSession(itemIds).catch(String);
    expect(refused).toContain('viewers.not-ready');
    ({ page } = await browserOf(browser, stack, patient));
    await page.goto(`/record/${itemIds[0]}`);
    await page.getByText('The viewer for this is not ready yet').waitFor();
    expect(await openButton().isEnabled()).toBe(false);
    await portrait(page, 'no-engine');
  });

  it('opens what is chosen as soon as the engine is there, without anybody reloading the page', async () => {
    await engine.up();
    await openButton().and(page.locator(':enabled')).waitFor({ timeout: OFFERED_MS });
    await openButton().click();
    await display(page).waitFor({ timeout: OFFERED_MS });
    await page.locator('[data-painted]').waitFor({ timeout: OFFERED_MS });
  });

  const openButton = () => page.getByRole('button', { name: 'Open', exact: true });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { syntheticReportPdf } from '@vitrine/samples';
import { launchBrowser, person, portrait, type Person } from '../support/browser.js';
import { add, display, open, signUp, untilShowing } from '../support/pages.js';
import { Stack } from '../support/stack.js';

const LONG_MS = 400_000;

describe('a patient sees how good the connection is', () => {
  let stack: Stack;
  let browser: Browser;
  let patient: Person;
  let folder: string;

  beforeAll(async () => {
    stack = await Stack.startTested();
    browser = await launchBrowser();
    patient = await person(browser, stack.origin);
    folder = mkdtempSync(join(tmpdir(), 'vitrine-connection-'));
    const { name, bytes } = syntheticReportPdf();
    writeFileSync(join(folder, name), bytes);
    await signUp(patient.page, 'Jane Doe', 'jane@example.org', '1951-04-02');
    await add(patient.page, [join(folder, name)]);
    await open(patient.page, '');
    await untilShowing(patient.page);
  }, LONG_MS);
  afterAll(async () => {
    await browser.close();
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'with the round trip and the pictures of a second behind the sign',
    async () => {
      const { page } = patient;
      const sign = page.locator('[data-connection="live"]');
      await display(page).click({ position: { x: 300, y: 300 } });
      await sign.hover();
      const tip = page.getByRole('tooltip');
      await tip.filter({ hasText: /\d+ ms to the server and back/ }).waitFor();
      expect(await tip.innerText()).toMatch(/\d+ pictures? a second|nothing moves at the moment/);
      await portrait(page, '70-connection', 500);
    },
    LONG_MS,
  );

  it(
    'and is told when the picture stands still, and that it goes on when it does',
    async () => {
      const { page } = patient;
      const gateway = stack.pidOf('session-gateway');
      process.kill(gateway, 'SIGSTOP');
      const told = page.getByRole('status').getByText(/^Nothing has come from the server for a moment/);
      try {
        await told.waitFor();
        await page.getByText('Picture stands still').waitFor();
        await portrait(page, '71-connection-stalled');
      } finally {
        process.kill(gateway, 'SIGCONT');
      }
      await told.waitFor({ state: 'hidden' });
      await page.getByText('Exact picture').waitFor();
      expect([patient.faults, patient.strangers]).toEqual([[], []]);
    },
    LONG_MS,
  );
});

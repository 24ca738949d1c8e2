import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { productVersion } from '@vitrine/kernel';
import { syntheticReportPdf } from '@vitrine/samples';
import { launchBrowser, person, until, type Person } from '../support/browser.js';
import { hostState, NOTHING, viewersRunning } from '../support/host-state.js';
import { add, open, signUp, untilShowing } from '../support/pages.js';
import { Stack } from '../support/stack.js';

const MUPDF = `vitrine/mupdf:${productVersion()}`;

describe('viewers that run before anybody asks', () => {
  let stack: Stack;
  let browser: Browser;
  let folder: string;
  let patient: Person;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-warm-'));
    stack = await Stack.startTested({ VITRINE_WARM_VIEWERS: '1' });
    browser = await launchBrowser();
    patient = await person(browser, stack.origin);
    await signUp(patient.page, 'Jane Doe', 'jane@example.org', '1951-04-02');
    const report = join(folder, 'report.pdf');
    writeFileSync(report, syntheticReportPdf().bytes);
    await add(patient.page, [report]);
    await warm(1);
  }, 360_000);

  afterAll(async () => {
    await browser.close();
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const running = () => viewersRunning(stack, MUPDF);
  /** Waits until so many guests of the reader run; returns the ids of their sessions, the oldest first. */
  const warm = async (count: number): Promise<string[]> => {
    const viewers = await until(
      `${count} warm guests`,
      running,
      (seen) => seen.length === count && seen.every(({ ageMs }) => ageMs > 2_000),
      240_000,
    );
    return viewers.map(({ sessionId }) => sessionId);
  };

  it('are taken over by the session that comes next, and replaced', async () => {
    const [id] = await warm(1);
    const { page } = patient;
    await open(page, 'report');
    await untilShowing(page);
    expect(basename(new URL(page.url()).pathname)).toBe(id);
    const [, next] = await warm(2);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'My record' }).waitFor();
    expect(await warm(1)).toEqual([next]);
  });

  it('are swept when their process was killed, and made anew', async () => {
    const before = await warm(1);
    await stack.kill('control-plane');
    expect(await warm(1)).toEqual(before);
    await stack.startPart('control-plane');
    await until(
      'other guests',
      running,
      (seen) => seen.length === 1 && seen.every(({ sessionId }) => !before.includes(sessionId)),
      200_000,
    );
  }, 300_000);

  it('go with the installation', async () => {
    await stack.end();
    expect(await hostState(stack)).toEqual(NOTHING);
  });
});

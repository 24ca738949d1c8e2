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
    stack = await Stack.start({ VITRINE_WARM_VIEWERS: '1' });
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

  /** Waits until so many guests of the reader run and have nothing to do. */
  const warm = (count: number) =>
    until(
      `${count} warm guests`,
      () => viewersRunning(stack, MUPDF),
      (ages) => ages.length === count && ages.every((age) => age > 2_000),
      240_000,
    );
  const warmOwner = async (): Promise<string> => {
    const { guests } = await hostState(stack);
    return /-viewer-([0-9a-f]{32})/.exec(guests.find((guest) => guest.includes('-viewer-')) ?? '')?.[1] ?? '';
  };

  it('are taken over by the session that comes next, and replaced', async () => {
    const owner = await warmOwner();
    const { page } = patient;
    await open(page, 'report');
    await untilShowing(page);
    expect(basename(new URL(page.url()).pathname)).toBe(owner);
    await warm(2);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'My record' }).waitFor();
    await warm(1);
    expect(await warmOwner()).not.toBe(owner);
  });

  it('are swept when their process was killed, and made anew', async () => {
    const owner = await warmOwner();
    await stack.kill('control-plane');
    expect(await warmOwner()).toBe(owner);
    await stack.startPart('control-plane');
    await until('other guests', warmOwner, (now) => now !== '' && now !== owner, 240_000);
  });

  it('go with the installation', async () => {
    await stack.end();
    expect(await hostState(stack)).toEqual(NOTHING);
  });
});

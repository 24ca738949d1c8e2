import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { ApiClient, type SampleFile } from '../support/api-client.js';
import { launchBrowser, NARROW, settled, type Person } from '../support/browser.js';
import { browserOf, firstSignIn, made } from '../support/people.js';
import { testData } from '../support/root.js';
import { Stack } from '../support/stack.js';

const data = testData();
const FOLDERS = ['dicom', 'documents', 'genome', 'markup'];

/** Files of one folder of the hostile ones, as somebody adds a folder. */
const filesOf = (folder: string): SampleFile[] => {
  const path = join(data ?? '', 'hostile', folder);
  return readdirSync(path).map((name) => ({ name, bytes: readFileSync(join(path, name)) }));
};

/** Where a browser would run what is not the portal's. */
const FOREIGN = `[...document.querySelectorAll('*')].filter((one) =>
  [...one.attributes].some(({ name, value }) => name.startsWith('on') || /^\\s*javascript:/i.test(value))
  || one.matches('script:not([src]), iframe, object, embed')).map(({ outerHTML }) => outerHTML.slice(0, 200))`;

(data === undefined ? describe.skip : describe)('what hostile files say of themselves', () => {
  let stack: Stack;
  let browser: Browser;
  let patient: ApiClient;
  let people: { patient: Person; provider: Person };
  /** All that was to be read on the pages that were looked at. */
  let read = '';
  let items: readonly { id: string; title: string; state: string }[];

  beforeAll(async () => {
    stack = await Stack.startTested();
    browser = await launchBrowser();
    patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    for (const folder of FOLDERS) await patient.addFiles(filesOf(folder));
    const archive = readFileSync(join(data ?? '', 'hostile/archive/names-hostile.zip'));
    await patient.addFiles([{ name: 'names-hostile.zip', bytes: archive }]);
    const admin = await firstSignIn(
      stack,
      stack.people.find(({ role }) => role === 'admin'),
    );
    const provider = await made(admin, '<img src=x onerror=document.title=1>', 'provider', 'City Hospital');
    const { secret } = await patient.call<{ secret: string }>('POST', '/api/deposit-codes', { label: 'x' });
    await provider.addFiles(filesOf('dicom'), secret);
    items = (await patient.call<{ items: typeof items }>('GET', '/api/record')).items;
    // Without the policy that would stop it: what would run is to be seen here.
    people = {
      patient: await browserOf(browser, stack, patient),
      provider: await browserOf(browser, stack, provider),
    };
  });
  afterAll(async () => {
    await browser.close();
    await stack.close();
  });

  /** What runs on a page, or is wider than a phone. */
  async function lookAt({ page }: Person, path: string) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await settled(page);
    read += await page.locator('body').innerText();
    return {
      path,
      title: /^(1|XSS-FIRED)/.test(await page.title()),
      foreign: await page.evaluate(FOREIGN),
      tooWide: await page.evaluate('document.documentElement.scrollWidth > innerWidth'),
    };
  }
  const harmless = (path: string) => ({ path, title: false, foreign: [], tooWide: false });

  it('is text on the patient’s pages, and fits a phone', async () => {
    expect(items.length).toBeGreaterThan(10);
    await people.patient.page.setViewportSize(NARROW);
    const paths = ['/record', ...items.map(({ id }) => `/record/${id}`), '/looked', '/shares', '/hospital'];
    for (const path of paths) expect(await lookAt(people.patient, path)).toEqual(harmless(path));
  });

  it('is there to be read', () => {
    for (const words of ['<img src', '<svg onload=document.title=1>', '<script>Jane Doe'])
      expect(read).toContain(words);
  });

  it('is text for who sent it', async () => {
    for (const path of ['/deposit', '/settings'])
      expect(await lookAt(people.provider, path)).toEqual(harmless(path));
  });

  it('asked nobody outside for anything, and no page threw', () => {
    const all = Object.values(people);
    expect(all.flatMap(({ strangers }) => strangers)).toEqual([]);
    expect(all.flatMap(({ faults }) => faults)).toEqual([]);
  });
});

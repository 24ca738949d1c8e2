import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { syntheticCtStudy } from '@vitrine/samples';
import { ApiClient } from '../support/api-client.js';
import { launchBrowser, NARROW, person, SCREENS, seen, until, type Person } from '../support/browser.js';
import type { Grey } from '../support/image-match.js';
import { display, open, untilShowing } from '../support/pages.js';
import { Stack } from '../support/stack.js';

/** The bar of tools that OHIF has at its top, and where its last tool ends on a narrow screen. */
const BAR = { top: 6, bottom: 42, lastTool: 350 };

describe('a scan on a phone', () => {
  let stack: Stack;
  let browser: Browser;
  let patient: Person;

  beforeAll(async () => {
    stack = await Stack.startTested();
    browser = await launchBrowser();
    const client = new ApiClient(stack);
    await client.signUp('Jane Doe', 'jane@example.org');
    await client.addFiles(syntheticCtStudy({ slices: 12, size: 256, patientName: 'Doe^Jane' }));
    patient = await person(browser, stack.origin, { viewport: NARROW, hasTouch: true });
    for (const cookie of client.cookieHeader.split('; ')) {
      const [name = '', value = ''] = cookie.split('=');
      await patient.context.addCookies([
        { name, value, url: stack.origin, httpOnly: true, sameSite: 'Strict' },
      ]);
    }
  });

  afterAll(async () => {
    await browser.close();
    await stack.close();
  });

  const keep = async (name: string) => {
    mkdirSync(SCREENS, { recursive: true });
    await patient.page.screenshot({ path: join(SCREENS, `${name}-dark-390.png`) });
  };
  const shown = () => seen(display(patient.page));

  it('has the picture in the middle and a bar on which nothing lies over the tools', async () => {
    const { page } = patient;
    await open(page, 'CT of the head');
    await untilShowing(page);
    const picture = await until('the picture and its bar', shown, (grey) => isCalm(grey), 30_000);
    await keep('43-phone-ohif');
    expect(picture.width).toBe(NARROW.width);
    const centre = greyAt(picture, picture.width / 2, picture.height / 2);
    expect(centre).toBeGreaterThan(20);
    expect(shades(picture, 44, BAR.lastTool)).toBeGreaterThan(8);
  });

  it('unfolds more tools within the screen, at a touch', async () => {
    const { page } = patient;
    const before = await shown();
    const box = await display(page).boundingBox();
    await page.touchscreen.tap((box?.x ?? 0) + 330, (box?.y ?? 0) + 24);
    const after = await until(
      'the list of tools',
      shown,
      (grey) => greyAt(grey, 10, 200) !== greyAt(before, 10, 200),
      20_000,
    );
    await keep('44-phone-ohif-tools');
    // The list ends before the edge: what is beside it is as it was.
    expect(greyAt(after, 386, 200)).toBe(greyAt(before, 386, 200));
    expect(patient.faults).toEqual([]);
  });
});

const greyAt = (grey: Grey, x: number, y: number): number =>
  Math.round(grey.pixels[Math.round(y) * grey.width + Math.round(x)] ?? -1);

/** How many greys the bar has between two columns: one where nothing stands. */
function shades(grey: Grey, from: number, to: number): number {
  const found = new Set<number>();
  for (let y = BAR.top; y < BAR.bottom; y++) for (let x = from; x < to; x++) found.add(greyAt(grey, x, y));
  return found.size;
}

/** There are tools, and to the right of the last one is nothing. */
const isCalm = (grey: Grey): boolean =>
  shades(grey, 44, BAR.lastTool) > 8 && shades(grey, BAR.lastTool, grey.width - 1) === 1;

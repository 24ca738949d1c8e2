import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { greyFromRgba, type Grey } from './image-match.js';
import { ROOT } from './root.js';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const SCREENS = join(ROOT, 'test/.screens');

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 844 };

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/** A person's own browser: no cookies of anybody else. Requests to other hosts are refused and remembered. */
export async function person(
  browser: Browser,
  origin: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Person> {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', baseURL: origin, ...options });
  const strangers: string[] = [];
  await context.route(
    (url) => url.origin !== origin && url.protocol.startsWith('http'),
    (route) => {
      strangers.push(route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.setDefaultTimeout(60_000);
  return { context, page, strangers, faults };
}

export interface Person {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Addresses outside of the installation that a page asked for; has to stay empty. */
  readonly strangers: string[];
  /** Uncaught errors of the page; has to stay empty. */
  readonly faults: string[];
}

/** What a person sees of an element, as a grey picture. */
export async function seen(target: Locator): Promise<Grey> {
  const { data, width, height } = PNG.sync.read(await target.screenshot({ animations: 'disabled' }));
  return greyFromRgba(data, width, height);
}

// A page that is not in front draws no frames.
const SETTLED = `(async () => {
  const giveUp = performance.now() + 1000;
  const frame = () => new Promise((next) => [requestAnimationFrame(next), setTimeout(next, 50)]);
  const shape = () => {
    const { scrollWidth, scrollHeight, outerHTML } = document.documentElement;
    return [scrollWidth, scrollHeight, outerHTML.length].join(' ');
  };
  const moves = ({ playState, effect }) =>
    playState === 'running' && effect?.getComputedTiming().endTime !== Infinity;
  for (let same = 0, last = ''; same < 4 && performance.now() < giveUp;) {
    await frame();
    same = shape() === last && !document.getAnimations().some(moves) ? same + 1 : 0;
    last = shape();
  }
})()`;

/** Waits until the page has followed what was done to it: nothing runs, and it looks the same for some frames. */
export const settled = (page: Page): Promise<void> => page.evaluate(SETTLED);

/**
 * Keeps pictures of a page, light and dark, wide and narrow, for people to look at; none where nobody looks. Leaves the page
 * light, wide and at rest.
 */
export async function portrait(page: Page, name: string, viewerSettlesMs = 0): Promise<void> {
  mkdirSync(SCREENS, { recursive: true });
  for (const colorScheme of process.env['CI'] ? [] : (['light', 'dark'] as const)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      await settled(page);
      // A viewer in its guest takes longer.
      if (viewerSettlesMs > 0) await page.waitForTimeout(viewerSettlesMs);
      await page.screenshot({
        path: join(SCREENS, `${name}-${colorScheme}-${viewport.width}.png`),
        fullPage: true,
      });
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(WIDE);
  await settled(page);
}

/** Looks again and again until it is so; the last look is part of the message when it never is. */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  wanted: (value: T) => boolean,
  deadlineMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (wanted(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${deadlineMs} ms; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

import type { Page } from 'playwright-core';
import { barriers, widerThanScreen } from './accessibility.js';
import { NARROW, settled, WIDE } from './browser.js';

/** A page light and dark, wide and narrow: its faults by appearance; empty where there are none. */
export async function inspected(page: Page): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      await settled(page);
      const faults = [
        ...(await barriers(page)),
        ...(await widerThanScreen(page)).map((what) => `wide: ${what}`),
      ];
      if (faults.length > 0) found[`${colorScheme} ${viewport.width}`] = faults;
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(WIDE);
  return found;
}

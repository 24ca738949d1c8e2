import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { syntheticCtStudy, syntheticGenome } from '@vitrine/samples';
import { ApiClient } from '../support/api-client.js';
import { launchBrowser, portrait, seen, until, type Person } from '../support/browser.js';
import { viewersRunning } from '../support/host-state.js';
import { inspected } from '../support/inspected.js';
import { display, open, untilShowing } from '../support/pages.js';
import { browserOf, firstSignIn } from '../support/people.js';
import { Stack } from '../support/stack.js';

/** A place on the picture, in pixels from its upper left corner. */
type Spot = readonly [x: number, y: number];

interface Kept {
  readonly title: string;
  readonly state: string;
  readonly formats: readonly string[];
  readonly bytes: number;
  readonly from?: { readonly kind: string; readonly organisation: string };
}

// Where the viewers have their buttons on a picture of 1280 × 744.
const OHIF = { capture: [684, 24], inDialog: [850, 90], save: [1016, 372] } as const;
const IGV = {
  file: [14, 10],
  inMenu: [150, 180],
  png: [72, 192],
  inDialog: [500, 300],
  save: [725, 558],
} as const;

describe('a picture that somebody saves by the buttons of a viewer', () => {
  let stack: Stack;
  let browser: Browser;
  let jane: ApiClient;
  let patient: Person;
  let ohifImage = '';

  beforeAll(async () => {
    stack = await Stack.startTested({ VITRINE_WARM_VIEWERS: '1' });
    browser = await launchBrowser();
    const admin = await firstSignIn(
      stack,
      stack.people.find(({ role }) => role === 'admin'),
    );
    const allow = (viewer: string) =>
      admin.call<{ imageReference: string }>('POST', `/api/admin/viewers/${viewer}/results`, {
        allowed: true,
      });
    await allow('igv');
    ohifImage = (await allow('ohif')).imageReference;
    jane = new ApiClient(stack);
    await jane.signUp('Jane Doe', 'jane@example.org');
    await jane.addFiles(syntheticCtStudy({ slices: 8, size: 128, patientName: 'Doe^Jane' }));
    await jane.addFiles([syntheticGenome()]);
    patient = await browserOf(browser, stack, jane);
  }, 360_000);

  afterAll(async () => {
    await browser.close();
    await stack.close();
  });

  const click = async ([x, y]: Spot) => {
    const box = await display(patient.page).boundingBox();
    await patient.page.mouse.click((box?.x ?? 0) + x, (box?.y ?? 0) + y);
  };
  /** Clicks and waits until the picture is another at this place. */
  const unfold = async (button: Spot, [x, y]: Spot) => {
    const greyThere = async () => {
      const { pixels, width } = await seen(display(patient.page));
      return [...pixels.slice(y * width + x - 20, y * width + x + 20)].join(' ');
    };
    const before = await greyThere();
    await click(button);
    await until(`something new at ${x},${y}`, greyThere, (grey) => grey !== before, 20_000);
  };
  const sessionId = () => basename(new URL(patient.page.url()).pathname);
  /** Where the host looks when the guest is gone. */
  const saved = () => {
    const folder = join(stack.runDir, 'sessions', sessionId(), 'results');
    return existsSync(folder)
      ? readdirSync(folder).map((name) => ({ name, bytes: statSync(join(folder, name)).size }))
      : [];
  };
  /** Closes the viewer and says yes on the page of the record, which then has exactly the one file. */
  const keep = async (title: string, viewer: string) => {
    const { page } = patient;
    const files = saved();
    expect(files).toHaveLength(1);
    await page.getByRole('button', { name: 'Close' }).click();
    const card = page.getByRole('article').filter({ hasText: `Saved in the viewer ${viewer}` });
    await card.getByRole('heading', { name: title }).waitFor();
    await card.getByRole('button', { name: 'Yes, keep it' }).click();
    await card.waitFor({ state: 'detached' });
    const { items } = await jane.call<{ items: Kept[] }>('GET', '/api/record');
    expect(items.filter(({ from }) => from?.organisation === viewer)).toMatchObject([
      { state: 'kept', formats: ['image'], bytes: files[0]?.bytes, from: { kind: 'viewer' } },
    ]);
  };

  it('waits for a yes after IGV, which asks for a name and knows the folder', async () => {
    const { page } = patient;
    await open(page, 'Genetic variants');
    await untilShowing(page);
    await unfold(IGV.file, IGV.inMenu);
    await unfold(IGV.png, IGV.inDialog);
    await click(IGV.save);
    await until(
      'a file',
      () => Promise.resolve(saved()),
      (files) => files.some(({ name, bytes }) => name === 'igv_snapshot.png' && bytes > 1_000),
    );
    await keep('igv snapshot', 'Genome browser (IGV)');
  });

  it('does so after an OHIF that was warm, and is then part of the record', async () => {
    const { page } = patient;
    const [warm] = await until(
      'a warm OHIF',
      () => viewersRunning(stack, ohifImage),
      (viewers) => viewers.some(({ ageMs }) => ageMs > 2_000),
      120_000,
    );
    await open(page, 'CT of the head');
    await untilShowing(page);
    expect(sessionId()).toBe(warm?.sessionId);
    await unfold(OHIF.capture, OHIF.inDialog);
    await until(
      'a file',
      async () => {
        // The dialog takes no click while it comes.
        if (saved().length === 0) await click(OHIF.save);
        return saved().filter(({ name }) => name === 'image.jpg');
      },
      (files) => files.length > 0,
    );
    await keep('image', 'OHIF Viewer');
  });

  it('is told of on the page of the record until that is read, where it could not be kept', async () => {
    const { page } = patient;
    await open(page, 'Genetic variants');
    await untilShowing(page);
    const folder = join(stack.runDir, 'sessions', sessionId(), 'results');
    writeFileSync(join(folder, 'letter.pdf'), '\x7fELF and more of a program');
    writeFileSync(join(folder, 'table.csv'), 'a,b');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'This could not be kept' }).waitFor();
    const card = page.getByRole('article').filter({ hasText: 'is not in your record' });
    const said = await card.innerText();
    expect(said).toContain('What was saved in the viewer Genome browser (IGV) on');
    expect(said).toContain('letter.pdf');
    expect(said).toContain('was left behind');
    await portrait(page, 'r-loss');
    expect(await inspected(page)).toEqual({});
    await card.getByRole('button', { name: 'I have read this' }).click();
    await card.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('heading', { name: 'My record' }).waitFor();
    expect(await jane.call('GET', '/api/record/losses')).toEqual([]);
    expect(patient.faults).toEqual([]);
  });
});

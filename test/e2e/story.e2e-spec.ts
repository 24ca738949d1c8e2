import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, person, portrait, seen, until, type Person } from '../support/browser.js';
import { hostState, NOTHING } from '../support/host-state.js';
import { findOnScreen, greyFromPnm, resize, upperPart, type Grey } from '../support/image-match.js';
import { add, display, open, signUp, untilShowing } from '../support/pages.js';
import { testData } from '../support/root.js';
import { Stack } from '../support/stack.js';
import { syntheticCtStudy, syntheticGenome, syntheticReportPdf } from '@vitrine/samples';

/** How much of a slice must be found again on the screen; other pictures reach 0.7 at most. */
const THE_SAME_IMAGE = 0.9;
const VIEWER_SETTLES_MS = 2_500;

describe('the main job, in a real browser on the real stack', () => {
  let stack: Stack;
  let browser: Browser;
  let patient: Person;
  let doctor: Person;
  let folder: string;
  let slices: string[];
  let renderings: Grey[];
  let linkUrl: string;

  beforeAll(async () => {
    stack = await Stack.start();
    browser = await launchBrowser();
    patient = await person(browser, stack.origin);
    doctor = await person(browser, stack.origin);
    folder = mkdtempSync(join(tmpdir(), 'vitrine-story-'));
    slices = studyFiles(folder);
    renderings = slices.map((slice) => rendered(slice, folder));
  });

  afterAll(async () => {
    await browser.close();
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets a patient sign up and find an empty record that says what to do', async () => {
    const { page } = patient;
    await page.goto('/sign-up');
    await portrait(page, '01-sign-up');
    await page.goto('/sign-in');
    await portrait(page, '02-sign-in');
    await signUp(page, 'Jane Doe', 'jane@example.org', '1951-04-02');
    await page.getByText('Your record is empty').waitFor();
    await portrait(page, '03-record-empty');
  });

  it('takes a study in through the page and says what it found', async () => {
    const { page } = patient;
    await page.goto('/add');
    await portrait(page, '04-add');
    expect(await add(page, slices)).toContain('1 thing was added');
    await portrait(page, '05-add-done');
    await page.goto('/record');
    await page
      .getByRole('button', { name: /^Open / })
      .first()
      .waitFor();
    await portrait(page, '06-record');
  });

  it('shows the very image that another program renders from the file', async () => {
    const { page } = patient;
    await open(page, /./);
    await untilShowing(page);
    const best = await until(
      'the image on the screen',
      async () => bestSlice(await seen(display(page)), renderings),
      ({ score }) => score >= THE_SAME_IMAGE,
    );
    process.stdout.write(
      `slice ${best.index + 1} of ${renderings.length} is on the screen, correlation ${best.score.toFixed(3)}\n`,
    );
    await portrait(page, '07-viewer', VIEWER_SETTLES_MS);
  });

  it('makes a link in a panel that says back what was chosen', async () => {
    const { page } = patient;
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByLabel('Who is it for?').fill('Dr Weber');
    await page.getByText(/Dr Weber can look at .* until .*, but not steer/).waitFor();
    await portrait(page, '08-share');
    await page.getByRole('button', { name: 'Make the link' }).click();
    const link = page.getByLabel('The link', { exact: true });
    await link.waitFor();
    linkUrl = await link.inputValue();
    expect(linkUrl).toMatch(new RegExp(`^${stack.origin}/visit#[\\w-]{43}$`));
    await portrait(page, '09-share-ready');
    await page.getByRole('button', { name: 'Done' }).click();
  });

  it('lets a doctor without an account see the same picture with one click', async () => {
    const { page } = doctor;
    await page.goto(linkUrl);
    await page.getByRole('heading', { name: /Jane Doe wants to show you/ }).waitFor();
    await portrait(page, '10-visit-door');
    await page.getByLabel('Your name').fill('Dr Weber');
    await page.getByRole('button', { name: 'Look at it now' }).click();
    await untilShowing(page);
    // The secret is gone from the address bar, and so from history and screenshots.
    expect(page.url()).not.toContain(new URL(linkUrl).hash);
    await until(
      'the same image',
      async () => bestSlice(await seen(display(page)), renderings).score,
      (score) => score >= THE_SAME_IMAGE,
    );
    await portrait(page, '11-visitor-view', VIEWER_SETTLES_MS);
    await patient.page
      .getByText('Dr Weber is looking now.')
      .or(patient.page.getByRole('button', { name: /Who is here/ }))
      .first()
      .waitFor();
  });

  it('has the doctor’s name over the doctor’s picture, and nothing over the patient’s', async () => {
    const mark = doctor.page.locator('[data-watermark]');
    const today = new Date().toISOString().slice(0, 10);
    expect(await mark.getAttribute('data-watermark')).toMatch(new RegExp(`Dr Weber.? · ${today}`));
    await doctor.page.evaluate('document.querySelector("[data-watermark]").remove()');
    await mark.waitFor();
    expect(await patient.page.locator('[data-watermark]').count()).toBe(0);
    const [marked, clear] = [await seen(display(doctor.page)), await seen(display(patient.page))];
    const change = difference(marked, clear);
    process.stdout.write(`the name changes the picture by ${change.toFixed(2)} of 255\n`);
    expect(change).toBeGreaterThan(0.1);
  });

  it('changes nothing by a visitor’s keys and mouse, but by the patient’s', async () => {
    const before = await seen(display(patient.page));
    await stir(doctor);
    expect(difference(before, await seen(display(patient.page)))).toBeLessThan(1);
    await stir(patient);
    await until(
      'the patient’s own steering to show',
      async () => difference(before, await seen(display(patient.page))),
      (change) => change > 1,
    );
  });

  it('cuts the doctor off before “End now” has answered', async () => {
    const shares = await patient.context.newPage();
    await shares.goto('/shares');
    await portrait(shares, '12-shares');
    const revoked = shares.waitForResponse((response) => response.url().endsWith('/revoke'));
    const cut = doctor.page
      .getByRole('heading', { name: 'You have been let out' })
      .waitFor({ timeout: 5_000 });
    const begun = performance.now();
    await shares.getByRole('button', { name: 'End now: link for Dr Weber' }).click();
    const confirm = shares.getByRole('dialog').getByRole('button', { name: 'End now' });
    if (await confirm.isVisible().catch(() => false)) await confirm.click();
    expect((await revoked).ok()).toBe(true);
    const answered = performance.now() - begun;
    await cut;
    process.stdout.write(
      `revoke answered after ${Math.round(answered)} ms, the visitor’s page said so after ${Math.round(performance.now() - begun)} ms\n`,
    );
    await portrait(doctor.page, '13-visitor-cut');
    const again = await doctor.context.newPage();
    await again.goto(linkUrl);
    await again.getByText('This link was ended by the person who sent it.').waitFor();
    await portrait(again, '14-visit-refused');
    await again.close();
    await shares.close();
  });

  it('tells the patient who looked, in sentences', async () => {
    const { page } = patient;
    await page.goto('/looked');
    await page
      .getByText(/Dr Weber.* looked at/)
      .first()
      .waitFor();
    await portrait(page, '15-who-looked');
    await page.goto('/settings');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await portrait(page, '16-settings');
  });

  it('opens a PDF, page for page as another program renders it', async () => {
    const { page } = patient;
    const report = syntheticReportPdf();
    const file = join(folder, report.name);
    writeFileSync(file, report.bytes);
    await add(page, [file]);
    await page.goto('/record');
    await open(page, new RegExp(report.name.replace(/\..*$/, '').slice(0, 8)));
    await untilShowing(page);
    execFileSync('pdftoppm', ['-r', '60', '-singlefile', file, join(folder, 'page')]);
    // The reader fits the width, so that the upper part of the page is on the screen.
    const reference = upperPart(greyFromPnm(readFileSync(join(folder, 'page.ppm'))), 0.4);
    await until(
      'the page on the screen',
      async () => findOnScreen(await seen(display(page)), reference).score,
      (score) => score > 0.8,
    );
    await portrait(page, '17-viewer-pdf', VIEWER_SETTLES_MS);
  });

  it('opens a genome at its reads and variants', async () => {
    const { page } = patient;
    const files = [syntheticGenome()].map(({ name, bytes }) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    });
    await add(page, files);
    await open(page, /vcf|genome|variant/);
    await untilShowing(page);
    // A browser of genomes is white with coloured marks; an empty window has next to no dark pixels, no window only such.
    await until(
      'tracks on the screen',
      async () => share(await seen(display(page)), (pixel) => pixel < 160),
      (dark) => dark > 0.01 && dark < 0.5,
    );
    await portrait(page, '18-viewer-genome', VIEWER_SETTLES_MS);
  });

  it('leaves nothing on the host when the patient has closed everything', async () => {
    const { page } = patient;
    await page.goto('/record');
    const answers = await page.evaluate(async () => {
      const live = (await (await fetch('/api/sessions')).json()) as { id: string }[];
      return Promise.all(
        live.map(
          async ({ id }) =>
            (await fetch(`/api/sessions/${id}/stop`, { method: 'POST', headers: { 'X-Vitrine': '1' } }))
              .status,
        ),
      );
    });
    expect(answers.every((status) => status === 204)).toBe(true);
    expect(await hostState(stack)).toEqual(NOTHING);
  });

  it('asked nobody outside for anything, and no page threw', () => {
    for (const { strangers, faults } of [patient, doctor]) {
      expect(strangers).toEqual([]);
      expect(faults).toEqual([]);
    }
  });
});

/** The contiguous MR series of the sample data, or a made CT where that is not at hand. */
function studyFiles(folder: string): string[] {
  const data = testData();
  if (data !== undefined) {
    const series = join(data, 'dicom/series/mr-brain-7t-t1');
    return readdirSync(series)
      .sort()
      .map((name) => join(series, name));
  }
  return syntheticCtStudy({ slices: 40, size: 256, patientName: 'Doe^Jane', birthDate: '19510402' }).map(
    ({ name, bytes }) => {
      const path = join(folder, name.replaceAll('/', '-'));
      writeFileSync(path, bytes);
      return path;
    },
  );
}

/** dcmtk's rendering with the file's own window, softened to a size that is quick to compare. */
function rendered(file: string, folder: string): Grey {
  const target = join(folder, 'slice.pgm');
  const window = ['+Wi', '1'];
  try {
    execFileSync('dcm2pnm', ['-q', ...window, '+op', file, target], { stdio: 'ignore' });
  } catch {
    execFileSync('dcm2pnm', ['-q', '+Wm', '+op', file, target]);
  }
  const full = greyFromPnm(readFileSync(target));
  return resize(full, Math.round((full.width * 192) / full.height), 192);
}

/** Which slice the screen shows. A few are compared first; their best place is good for all. */
function bestSlice(screen: Grey, candidates: readonly Grey[]): { index: number; score: number } {
  let best = { index: -1, score: -1 };
  for (const [index, candidate] of candidates.entries()) {
    const { score } = findOnScreen(screen, candidate);
    if (score > best.score) best = { index, score };
  }
  return best;
}

/** What somebody would do to go through images: wheel and keys over the picture. */
async function stir({ page }: Person): Promise<void> {
  const box = await display(page).boundingBox();
  if (!box) throw new Error('the picture is not on the page');
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width / 2 + 5, box.y + box.height / 2 + 5);
  for (let turn = 0; turn < 6; turn++) {
    await page.mouse.wheel(0, 120);
    await page.keyboard.press('ArrowDown');
  }
  await page.waitForTimeout(1_500);
}

/** Mean absolute difference of two pictures of the same size, 0 to 255. */
function difference(a: Grey, b: Grey): number {
  const height = Math.min(a.height, b.height);
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < a.width; x++)
      sum += Math.abs((a.pixels[y * a.width + x] ?? 0) - (b.pixels[y * b.width + x] ?? 0));
  }
  return sum / (a.width * height);
}

const share = ({ pixels }: Grey, is: (pixel: number) => boolean): number =>
  pixels.filter(is).length / pixels.length;

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { memorySource, readDicom } from '@vitrine/dicom';
import { syntheticCtStudy } from '@vitrine/samples';
import { ApiClient } from '../support/api-client.js';
import { launchBrowser, person, seen, until, type Person } from '../support/browser.js';
import { findOnScreen, greyFromPnm, resize, type Grey } from '../support/image-match.js';
import { OhifPage } from '../support/ohif-page.js';
import { testData } from '../support/root.js';
import { Stack } from '../support/stack.js';

jest.setTimeout(240_000);

const data = testData();
const real =
  data === undefined
    ? []
    : readdirSync(join(data, 'dicom/transfer-syntax')).map((name) =>
        join(data, 'dicom/transfer-syntax', name),
      );

/** OHIF in a browser of its own, as a program that reads a record by DICOMweb. */
describe('OHIF as a DICOMweb client', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-ohif-test-'));
  const made = syntheticCtStudy({ slices: 3, size: 128, description: 'Head for OHIF' });
  let stack: Stack;
  let jane: ApiClient;
  let ohif: OhifPage;
  let browser: Browser;
  let reader: Person;

  beforeAll(async () => {
    stack = await Stack.start();
    jane = new ApiClient(stack);
    await jane.signUp('Jane Doe', 'jane@example.org');
    await jane.addFiles(made);
    const { secret } = await jane.call<{ secret: string }>('POST', '/api/access-tokens', {
      ...{ label: 'OHIF', scope: 'read' },
    });
    ohif = new OhifPage(`${stack.origin}/api/dicom-web`, secret);
    await ohif.open();
    browser = await launchBrowser();
    reader = await person(browser, ohif.origin);
  }, 360_000);
  afterAll(async () => {
    await browser.close();
    ohif.close();
    await stack.close();
    rmSync(folder, { recursive: true });
  });

  const viewport = () => reader.page.locator('[data-cy="viewport-pane"]').first();
  async function shows(studyUid: string, reference: Grey | undefined): Promise<number> {
    await reader.page.goto(`/viewer?StudyInstanceUIDs=${studyUid}`);
    await viewport().waitFor();
    return until(
      'the picture',
      async () => {
        const screen = await seen(viewport());
        await reader.page.screenshot({ path: `/tmp/cipher-try/shots/${studyUid}.png` });
        return reference ? findOnScreen(screen, reference).score : -spread(screen);
      },
      (score) => score > 0.9 || score < -20,
      40_000,
    );
  }

  it('lists the studies of the record and finds one by name', async () => {
    const { page } = reader;
    await page.goto('/');
    await page.getByText('Head for OHIF').first().waitFor();
    expect(ohif.exchanges.filter(({ status }) => status >= 400)).toEqual([]);
  });

  it('paints an image as dcmtk does', async () => {
    const file = join(folder, 'made.dcm');
    writeFileSync(file, made[0]!.bytes);
    await shows(uidOf(made[0]!.bytes), rendered(file));
    expect(ohif.exchanges.filter(({ status }) => status >= 400)).toEqual([]);
  });

  (real.length === 0 ? it.skip : it).each(real)('paints %s', async (file) => {
    const bytes = readFileSync(file);
    await jane.addFiles([{ name: basename(file), bytes }]);
    ohif.exchanges.length = 0;
    console.log(basename(file), await shows(uidOf(bytes), rendered(file)));
    expect(ohif.exchanges.filter(({ status }) => status >= 400)).toEqual([]);
  });

  it('asks nobody else for anything', () => expect(reader.strangers).toEqual([]));

  function spread({ pixels }: Grey): number {
    const mean = pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length;
    return Math.sqrt(pixels.reduce((sum, pixel) => sum + (pixel - mean) ** 2, 0) / pixels.length);
  }

  function uidOf(bytes: Uint8Array): string {
    const answer = readDicom(memorySource(bytes));
    if (answer.kind !== 'instance') throw new Error('no instance');
    return answer.facts.studyInstanceUid;
  }

  /** dcmtk's rendering with the file's own window, as far as dcmtk can decode it. */
  function rendered(file: string): Grey | undefined {
    const target = join(folder, 'reference.pgm');
    for (const program of ['dcm2pnm', 'dcmj2pnm', 'dcml2pnm'])
      for (const window of [['+Wi', '1'], ['+Wm'], []])
        if (spawnSync(program, ['-q', ...window, '+op', file, target]).status === 0) {
          const full = greyFromPnm(readFileSync(target));
          return resize(full, Math.round((full.width * 192) / full.height), 192);
        }
    return undefined;
  }
});

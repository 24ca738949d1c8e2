import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
/** Real images in every family of transfer syntaxes, each with one that dcmtk can decode to the same picture. */
const REAL: readonly (readonly [file: string, sameAs: string])[] = [
  ['implicit-le', 'implicit-le'],
  ['deflated', 'deflated'],
  ['explicit-be-mr', 'explicit-be-mr'],
  ['jpeg-baseline-rgb', 'jpeg-baseline-rgb'],
  ['jpeg-extended-nm', 'jpeg-extended-nm'],
  ['jpeg-lossless-ct', 'jpeg-lossless-ct'],
  ['jpeg-lossless-sv1-us', 'jpeg-lossless-sv1-us'],
  ['jpegls-near-ct', 'jpegls-near-ct'],
  ['j2k-lossless-ct', 'jpeg-lossless-ct'],
  ['rle-ct', 'rle-ct'],
];

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
    stack = await Stack.startTested();
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

  const refused = () => ohif.exchanges.filter(({ status }) => status >= 400);
  const viewport = () => reader.page.locator('[data-cy="viewport-pane"]').first();
  async function shows(studyUid: string, reference: Grey): Promise<void> {
    await reader.page.goto(`/viewer?StudyInstanceUIDs=${studyUid}`);
    await viewport().waitFor();
    await until(
      'the picture',
      async () => findOnScreen(await seen(viewport()), reference).score,
      (score) => score > 0.85,
    );
  }

  it('lists the studies of the record', async () => {
    const { page } = reader;
    await page.goto('/');
    await page.getByText('Head for OHIF').first().waitFor();
    expect(refused()).toEqual([]);
  });

  it('paints an image as dcmtk does', async () => {
    const file = join(folder, 'made.dcm');
    writeFileSync(file, made[0]!.bytes);
    await shows(uidOf(made[0]!.bytes), rendered(file));
    expect(refused()).toEqual([]);
  });

  (data === undefined ? it.skip : it).each(REAL)('paints %s as dcmtk does %s', async (name, sameAs) => {
    const path = (one: string) => join(data ?? '', 'dicom/transfer-syntax', `${one}.dcm`);
    const bytes = readFileSync(path(name));
    await jane.addFiles([{ name: `${name}.dcm`, bytes }]);
    await shows(uidOf(bytes), rendered(path(sameAs)));
    expect(refused()).toEqual([]);
  });

  it('asks nobody else for anything', () => expect(reader.strangers).toEqual([]));

  function uidOf(bytes: Uint8Array): string {
    const answer = readDicom(memorySource(bytes));
    if (answer.kind !== 'instance') throw new Error('no instance');
    return answer.facts.studyInstanceUid;
  }

  /** dcmtk's rendering with the file's own window; each of its programs decodes other syntaxes. */
  function rendered(file: string): Grey {
    const target = join(folder, 'reference.pnm');
    for (const program of ['dcm2pnm', 'dcmj2pnm', 'dcml2pnm'])
      for (const window of [['+Wi', '1'], ['+Wm'], []])
        if (spawnSync(program, ['-q', ...window, '+op', file, target]).status === 0) {
          const full = greyFromPnm(readFileSync(target));
          return resize(full, Math.round((full.width * 192) / full.height), 192);
        }
    throw new Error(`dcmtk does not decode ${file}`);
  }
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { focused, insideDialog } from '../support/accessibility.js';
import { inspected } from '../support/inspected.js';
import { ApiClient } from '../support/api-client.js';
import { launchBrowser, portrait, until, WIDE, type Person } from '../support/browser.js';
import { DOCUMENTS, DOUBTFUL } from '../support/documents.js';
import { freePort } from '../support/free-port.js';
import { make, untilShowing } from '../support/pages.js';
import { browserOf, firstSignIn, made, PACS } from '../support/people.js';
import { Stack } from '../support/stack.js';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';

interface Link {
  readonly link: { readonly id: string };
  readonly url: string;
}

/** Every page as each kind of person meets it, and the panels on them. */
interface Scene {
  readonly name: string;
  readonly who: 'nobody' | 'patient' | 'provider' | 'caregiver' | 'admin' | 'newcomer';
  readonly path: () => string;
  /** What has to be there before one looks. */
  readonly shows: (page: Page) => Locator;
  /** Opens what lies behind a button. */
  readonly then?: (page: Page) => Promise<void>;
}

describe('every page, for everybody', () => {
  let stack: Stack;
  let browser: Browser;
  let itemId: string;
  let documents: readonly { readonly id: string; readonly title: string }[];
  let linkUrl: string;
  let people: Record<Scene['who'], Person>;
  let patient: ApiClient;

  beforeAll(async () => {
    stack = await Stack.startTested({ VITRINE_DICOM_PORT: String(await freePort()) });
    browser = await launchBrowser();
    patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    const study = { slices: 6, size: 128, patientName: 'Doe^Jane', birthDate: '19510402' };
    const mine = await patient.addFiles(syntheticCtStudy(study));
    itemId = mine.items[0]?.id ?? '';
    documents = (await patient.addFiles([syntheticReportPdf(), ...DOCUMENTS])).items;
    for (const scope of ['read', 'drive-write'])
      await patient.call('POST', '/api/access-tokens', { label: 'My laptop', scope, expiresInDays: 90 });
    const operator = stack.people.find(({ role }) => role === 'admin');
    const admin = await firstSignIn(stack, operator);
    const provider = await made(admin, 'Dr Lee', 'provider', 'City Hospital');
    const caregiver = await made(admin, 'Dr Weber', 'caregiver');
    const newcomer = await made(admin, 'Dr New', 'caregiver', undefined, false);

    const { secret } = await patient.call<{ secret: string }>('POST', '/api/deposit-codes', {
      label: 'City hospital, radiology',
    });
    const sent = { ...study, patientName: 'Roe^Richard', birthDate: '19770707', description: 'Chest' };
    await provider.addFiles(syntheticCtStudy(sent), secret);
    await provider.call('POST', '/api/dicom-nodes', PACS);
    await patient.call('POST', '/api/reading-addresses', { callingAeTitle: 'CITYPACS', expiresInDays: 7 });
    const share = { itemIds: [itemId], label: 'Dr Weber', control: 'view', maximumUses: 5 };
    linkUrl = (await patient.call<Link>('POST', '/api/links', { ...share, passcode: 'tulip' })).url;
    const over = await patient.call<Link>('POST', '/api/links', { ...share, label: 'Dr Old' });
    await patient.call('POST', `/api/links/${over.link.id}/revoke`);

    const as = (client?: ApiClient) => browserOf(browser, stack, client);
    people = {
      nobody: await as(),
      patient: await as(patient),
      provider: await as(provider),
      caregiver: await as(caregiver),
      admin: await as(admin),
      newcomer: await as(newcomer),
    };
  });

  afterAll(async () => {
    await browser.close();
    await stack.close();
  });

  const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { name }).first();
  const press = (name: string | RegExp, then: string | RegExp) => async (page: Page) => {
    await page.getByRole('button', { name }).first().click();
    await page.getByRole('dialog', { name: then }).waitFor();
  };
  const at = (path: string) => () => path;
  const item = () => `/record/${itemId}`;
  const documentOf = (title: string) => () =>
    `/record/${documents.find((document) => document.title.includes(title))?.id ?? ''}`;

  const SCENES: readonly Scene[] = [
    { name: 'sign-in', who: 'nobody', path: at('/sign-in'), shows: heading('Sign in') },
    { name: 'sign-up', who: 'nobody', path: at('/sign-up'), shows: heading('Create your record') },
    {
      name: 'sign-up-wrong',
      who: 'nobody',
      path: at('/sign-up'),
      shows: heading('Create your record'),
      then: async (page) => {
        await page.getByRole('button', { name: 'Create my record' }).click();
        await page.getByText('Please enter your name.').waitFor();
      },
    },
    { name: 'visit-none', who: 'nobody', path: at('/visit'), shows: heading('There is no link here') },
    {
      name: 'visit-door-passcode',
      who: 'nobody',
      path: () => new URL(linkUrl).pathname + new URL(linkUrl).hash,
      shows: heading(/Jane Doe wants to show you/),
    },
    {
      name: 'visit-unknown',
      who: 'nobody',
      path: at(`/visit#${'x'.repeat(43)}`),
      shows: heading('This link does not open'),
    },
    { name: 'choose-password', who: 'newcomer', path: at('/'), shows: heading('Choose your own password') },
    { name: 'caregiver', who: 'caregiver', path: at('/'), shows: heading(/Hello/) },
    { name: 'not-found', who: 'patient', path: at('/nowhere'), shows: heading('This page does not exist') },
    {
      name: 'not-allowed',
      who: 'patient',
      path: at('/admin/viewers'),
      shows: heading('This page is for somebody else'),
    },
    { name: 'record', who: 'patient', path: at('/record'), shows: heading('Sent to you') },
    {
      name: 'record-reject',
      who: 'patient',
      path: at('/record'),
      shows: heading('Sent to you'),
      then: press('No, throw it away', 'Throw this away?'),
    },
    {
      name: 'record-select',
      who: 'patient',
      path: at('/record'),
      shows: heading('Sent to you'),
      then: async (page) => {
        await page.getByRole('button', { name: 'Select several' }).click();
        await page.getByRole('checkbox').first().check();
        await page.getByText('1 selected').waitFor();
      },
    },
    {
      name: 'record-no-match',
      who: 'patient',
      path: at('/record'),
      shows: heading('Sent to you'),
      then: async (page) => {
        await page.getByLabel('Search your record').fill('zebra');
        await page.getByText('Nothing found for “zebra”').waitFor();
      },
    },
    { name: 'item', who: 'patient', path: item, shows: heading('Who has seen it') },
    {
      name: 'item-share',
      who: 'patient',
      path: item,
      shows: heading('Who has seen it'),
      then: async (page) => {
        await press('Share', /^Share/)(page);
        await page.getByRole('button', { name: 'More choices' }).click();
        await page.getByText('How often may the link be used?').waitFor();
      },
    },
    {
      name: 'item-remove',
      who: 'patient',
      path: item,
      shows: heading('Who has seen it'),
      then: press('Remove', /^Remove/),
    },
    {
      name: 'item-document',
      who: 'patient',
      path: documentOf('Letter'),
      shows: (page) => page.getByText(/names Eve Roe/),
    },
    {
      name: 'item-message',
      who: 'patient',
      path: documentOf('Test results'),
      shows: heading('Who has seen it'),
    },
    { name: 'item-picture', who: 'patient', path: documentOf('photo'), shows: heading('Who has seen it') },
    {
      name: 'add-report',
      who: 'patient',
      path: at('/add'),
      shows: heading('Add to your record'),
      then: async (page) => {
        const files = DOUBTFUL.map(({ name, bytes }) => ({ name, mimeType: '', buffer: bytes }));
        await page.getByLabel('Choose files').setInputFiles(files);
        await page.getByRole('heading', { name: 'What was not added' }).waitFor();
        await page.getByRole('heading', { name: 'Added, with something to know' }).waitFor();
      },
    },
    { name: 'add', who: 'patient', path: at('/add'), shows: heading('Add to your record') },
    { name: 'shares', who: 'patient', path: at('/shares'), shows: heading('Open now') },
    {
      name: 'looked',
      who: 'patient',
      path: at('/looked'),
      shows: heading('Nobody has looked yet'),
      then: async (page) => {
        await page.getByText('Everything', { exact: true }).click();
        await page.locator('time').first().waitFor();
      },
    },
    { name: 'hospital', who: 'patient', path: at('/hospital'), shows: heading('Your codes') },
    { name: 'settings', who: 'patient', path: at('/settings'), shows: heading('Where you are signed in') },
    {
      name: 'settings-drive',
      who: 'patient',
      path: at('/settings'),
      shows: heading('Network drive'),
      then: make('Connect a device', 'Which device is it for?', 'My tablet', 'Make an app password'),
    },
    {
      name: 'settings-program',
      who: 'patient',
      path: at('/settings'),
      shows: heading('Let a program'),
      then: make('Add a program', 'Which program is it for?', 'Viewer', 'Make a key'),
    },
    {
      name: 'settings-reader',
      who: 'patient',
      path: at('/settings'),
      shows: heading('Let a hospital read'),
      then: make('Let a hospital in', 'The AE title of their system', 'CITYPACS', 'Allow reading'),
    },
    {
      name: 'account-menu',
      who: 'patient',
      path: at('/record'),
      shows: heading('Sent to you'),
      then: async (page) => {
        await page.getByRole('button', { name: 'Your account' }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
      },
    },
    {
      name: 'deposit',
      who: 'provider',
      path: at('/deposit'),
      shows: (page) => page.getByText('waits for the patient'),
    },
    { name: 'pacs', who: 'provider', path: at('/pacs'), shows: heading('City hospital PACS') },
    { name: 'provider-settings', who: 'provider', path: at('/settings'), shows: heading('Settings') },
    {
      name: 'admin-viewers',
      who: 'admin',
      path: at('/admin/viewers'),
      shows: (page) => page.getByRole('article', { name: 'Document reader' }),
    },
    {
      name: 'admin-viewer-report',
      who: 'admin',
      path: at('/admin/viewers'),
      shows: (page) => page.getByRole('article', { name: 'Document reader' }),
      then: async (page) => {
        const card = page.getByRole('article', { name: 'Document reader' });
        await card.getByText('Admission report').click();
        await card.getByText('There is a picture').waitFor();
      },
    },
    {
      name: 'admin-viewer-tested',
      who: 'admin',
      path: at('/admin/viewers'),
      shows: (page) => page.getByRole('article', { name: 'Document reader' }),
      then: async (page) => {
        const card = page.getByRole('article', { name: 'Document reader' });
        await card.getByRole('button', { name: 'Test again' }).click();
        await card.getByText(/: being checked/).waitFor();
        await card
          .getByText(/: still to come/)
          .first()
          .waitFor();
      },
    },
    {
      name: 'admin-add-viewer',
      who: 'admin',
      path: at('/admin/viewers'),
      shows: (page) => page.getByRole('article', { name: 'Document reader' }),
      then: press('Add a viewer', 'Add a viewer'),
    },
    {
      name: 'admin-sessions',
      who: 'admin',
      path: at('/admin/sessions'),
      shows: heading('Nothing is running'),
    },
    {
      name: 'admin-accounts',
      who: 'admin',
      path: at('/admin/accounts'),
      shows: (page) => page.getByRole('row', { name: /Dr Lee/ }),
    },
    {
      name: 'admin-new-account',
      who: 'admin',
      path: at('/admin/accounts'),
      shows: (page) => page.getByRole('row', { name: /Dr Lee/ }),
      then: press('New account', 'New account'),
    },
  ];

  it.each(SCENES.map((scene) => [scene.name, scene] as const))(
    'has no barriers and fits a phone: %s',
    async (name, { who, path, shows, then }) => {
      const { page } = people[who];
      await page.setViewportSize(WIDE);
      await page.goto(path());
      // The same path with another fragment is no new page.
      await page.reload();
      await shows(page).waitFor();
      await then?.(page);
      await portrait(page, `p-${name}`);
      expect(await inspected(page)).toEqual({});
    },
  );

  it('has no barriers around a picture, and the picture keeps the keys only until one asks for them back', async () => {
    const { page } = people.patient;
    await page.goto(item());
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await untilShowing(page);
    await portrait(page, 'p-viewer');
    expect(await inspected(page)).toEqual({});
    const picture = page.getByRole('application', { name: /^The picture of/ });
    await picture.focus();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toMatch(/^The picture of/);
    await page.keyboard.press('Control+Alt+Shift');
    await until(
      'the focus to leave the picture',
      () => focused(page),
      (name) => !name.startsWith('The picture of'),
      5_000,
    );
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'My record' }).waitFor();
  });

  it('reaches “Open” with the Tab key, past a link that skips what is before', async () => {
    const { page } = people.patient;
    await page.setViewportSize(WIDE);
    await page.goto('/record');
    await page
      .getByRole('button', { name: /^Open / })
      .first()
      .waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toContain('Skip to the content');
    const way: string[] = [];
    while (!way.at(-1)?.startsWith('Open ') && way.length < 40) {
      await page.keyboard.press('Tab');
      way.push(await focused(page));
    }
    expect(way.at(-1)).toMatch(/^Open /);
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none');
  });

  it('keeps the keyboard inside a panel, and gives it back where it was', async () => {
    const { page } = people.patient;
    await page.goto(item());
    const share = page.getByRole('button', { name: 'Share', exact: true });
    await share.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: /^Share/ }).waitFor();
    await until(
      'the focus to be in the panel',
      () => insideDialog(page),
      (inside) => inside,
      5_000,
    );
    for (let step = 0; step < 25; step++) {
      await page.keyboard.press(step < 20 ? 'Tab' : 'Shift+Tab');
      expect(await insideDialog(page)).toBe(true);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // It comes back a moment after the panel has gone.
    await share.and(page.locator(':focus')).waitFor({ timeout: 5_000 });
  });

  it('asked nobody outside for anything, and no page threw', () => {
    for (const { strangers, faults } of Object.values(people)) {
      expect(strangers).toEqual([]);
      expect(faults).toEqual([]);
    }
  });
});

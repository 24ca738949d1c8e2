import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { asks } from '../support/asks.js';
import { launchBrowser, person, portrait, until, type Person } from '../support/browser.js';
import { deriveImage, LIAR, READER, removeImage } from '../support/derived-image.js';
import { hostState, NOTHING } from '../support/host-state.js';
import { add, choosePassword, firstSignIn, open, signIn, signUp, untilShowing } from '../support/pages.js';
import { Stack } from '../support/stack.js';
import { syntheticCtStudy, syntheticReportPdf, type SampleFile } from '@vitrine/samples';
import { productVersion } from '@vitrine/kernel';

/** The admission test runs one image at a time, and the shipped ones are before it. */
const ADMISSION_MS = 300_000;

describe('a provider deposits, an admin keeps house', () => {
  let stack: Stack;
  let browser: Browser;
  let patient: Person;
  let provider: Person;
  let admin: Person;
  let folder: string;
  let oneTimePassword: string;
  let code: string;
  const report = syntheticReportPdf();
  const reportTitle = basename(report.name, '.pdf');

  beforeAll(async () => {
    stack = await Stack.start();
    browser = await launchBrowser();
    patient = await person(browser, stack.origin);
    provider = await person(browser, stack.origin);
    admin = await person(browser, stack.origin);
    folder = mkdtempSync(join(tmpdir(), 'vitrine-deposit-'));
    await deriveImage(READER);
    await deriveImage(LIAR);
    await signUp(patient.page, 'Jane Doe', 'jane@example.org', '1951-04-02');
    expect(await add(patient.page, onDisk([report]))).toContain('1 thing was added');
  });

  afterAll(async () => {
    await browser.close();
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
    await removeImage(READER.reference);
    await removeImage(LIAR.reference);
  });

  const onDisk = (files: readonly SampleFile[]): string[] =>
    files.map(({ name, bytes }) => {
      const path = join(folder, name.replaceAll('/', '-'));
      writeFileSync(path, bytes);
      return path;
    });

  const patientItems = async () => {
    const { text } = await asks(patient, 'GET', '/api/record');
    return (JSON.parse(text) as { items: { id: string; state: string; title: string }[] }).items;
  };

  it('makes the admin replace the password that was printed at the first start', async () => {
    const first = stack.people.find(({ role }) => role === 'admin');
    if (!first) throw new Error('the first start printed no admin');
    const { page } = admin;
    await signIn(page, first.email, first.oneTimePassword);
    await page.getByRole('heading', { name: 'Choose your own password' }).waitFor();
    await portrait(page, '20-choose-password');
    // Nothing else can be reached before it is done.
    await page.goto('/admin/accounts');
    await page.getByRole('heading', { name: 'Choose your own password' }).waitFor();
    expect((await asks(admin, 'GET', '/api/admin/accounts')).status).toBe(403);
    await choosePassword(page, first.oneTimePassword);
    await page.getByRole('heading', { name: 'Viewers', exact: true }).waitFor();
  });

  it('lets the admin make a provider account, whose password is shown once', async () => {
    const { page } = admin;
    await page.getByRole('link', { name: 'Accounts' }).click();
    await page.getByRole('button', { name: 'New account' }).click();
    const panel = page.getByRole('dialog', { name: 'New account' });
    await panel.getByLabel('Name', { exact: true }).fill('Dr Lee');
    await panel.getByLabel('E-mail address').fill('lee@city-hospital.example');
    await panel.getByRole('button', { name: 'Create account' }).click();
    await panel.getByText('Please enter the organisation.').waitFor();
    await panel.getByLabel('Organisation').fill('City Hospital');
    await portrait(page, '21-new-account');
    await panel.getByRole('button', { name: 'Create account' }).click();
    await panel.getByText('The account of Dr Lee is ready').waitFor();
    oneTimePassword = await panel.getByLabel('One-time password').inputValue();
    expect(oneTimePassword.length).toBeGreaterThanOrEqual(12);
    await portrait(page, '22-account-ready');
    await panel.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('row', { name: /Dr Lee/ }).waitFor();
    expect(await page.content()).not.toContain(oneTimePassword);
    await portrait(page, '23-accounts');
  });

  it('shows an admin nothing of anybody’s record', async () => {
    const [item] = await patientItems();
    for (const path of [
      '/api/record',
      `/api/record/${item?.id}`,
      '/api/audit',
      '/api/links',
      '/api/sessions',
    ])
      expect([403, 404]).toContain((await asks(admin, 'GET', path)).status);
    await admin.page.goto('/record');
    await admin.page.getByText('This page is for somebody else').waitFor();
    await portrait(admin.page, '24-not-for-you');
  });

  it('gives the patient a code for a hospital, shown once', async () => {
    const { page } = patient;
    await page.goto('/record');
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Get scans from a hospital' }).click();
    await page.getByLabel('Who gets the code?').fill('City hospital, radiology');
    await portrait(page, '25-hospital');
    await page.getByRole('button', { name: 'Make a code' }).click();
    await page.getByRole('heading', { name: 'The code for City hospital, radiology' }).waitFor();
    const link = await page.getByLabel('Link', { exact: true }).inputValue();
    code = link.split('#')[1] ?? '';
    await page.getByText(code, { exact: true }).waitFor();
    await portrait(page, '26-hospital-code');
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain(code);
    await portrait(page, '27-hospital-codes');
  });

  it('lets the provider deposit a study by that code, and nothing else', async () => {
    const { page } = provider;
    await firstSignIn(page, 'lee@city-hospital.example', oneTimePassword);
    await page.getByRole('heading', { name: 'Deposit for a patient' }).waitFor();
    await portrait(page, '28-deposit');
    await page.getByLabel('Deposit code or link').fill('ABCD-EFGH-JKLM');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('This deposit code does not work.').waitFor();
    await portrait(page, '29-deposit-wrong-code');
    await deposit(page, '20250612');
    await portrait(page, '31-deposit-delivered');
    await page.getByText('waits for the patient').waitFor();
    // The patient is initials here, never a name.
    expect(await page.locator('main').innerText()).not.toMatch(/Jane|Doe/);
  });

  async function deposit(page: Page, studyDate: string): Promise<void> {
    await page.goto('/deposit');
    await page.getByLabel('Deposit code or link').fill(code);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('For patient J. D.').or(page.getByText('For patient JD')).waitFor();
    await portrait(page, '30-deposit-for');
    const study = syntheticCtStudy({
      slices: 12,
      size: 128,
      patientName: 'Roe^Richard',
      birthDate: '19770707',
      studyDate,
    });
    await page.getByLabel('Choose files').setInputFiles(onDisk(study));
    await page.getByText('Delivered. The patient decides whether to keep it.').waitFor({ timeout: 120_000 });
  }

  it('refuses the provider everything of the record, also behind the pages', async () => {
    const items = await patientItems();
    expect(items.map(({ state }) => state).sort()).toEqual(['kept', 'pending']);
    for (const { id } of items) {
      const ways: [string, string, unknown?][] = [
        ['GET', '/api/record'],
        ['GET', `/api/record/${id}`],
        ['GET', `/api/record/${id}/thumbnail`],
        ['GET', `/api/record/${id}/download`],
        ['DELETE', `/api/record/${id}`],
        ['POST', `/api/record/${id}/accept`, { confirmMismatch: true }],
        ['POST', `/api/record/${id}/reject`],
        ['GET', `/api/viewers?items=${id}`],
        ['POST', '/api/sessions', { itemIds: [id] }],
        ['POST', '/api/links', { itemIds: [id], label: 'x', control: 'view' }],
        ['GET', '/api/audit'],
        ['GET', '/api/admin/accounts'],
      ];
      for (const [method, path, body] of ways) {
        const { status, text } = await asks(provider, method, path, body);
        expect(`${method} ${path}: ${status} ${text}`).toMatch(/^[^:]*: 40[34] /);
        expect(text).not.toMatch(/Jane|ct-head-report/);
      }
    }
    const sent = await asks(provider, 'GET', '/api/imports');
    for (const { id } of items) expect(sent.text).not.toContain(id);
    expect(await patientItems()).toHaveLength(2);
    await provider.page.goto('/record');
    await provider.page.getByText('This page is for somebody else').waitFor();
  });

  it('asks the patient, who is told that the name is another one, and keeps it', async () => {
    const { page } = patient;
    await page.goto('/record');
    const card = page.getByRole('article').filter({ hasText: 'City Hospital' });
    await card
      .getByText(/The scan names .*Roe.*, born .*1977.* That is not what your account says/)
      .waitFor();
    await portrait(page, '32-record-pending');
    await card.getByRole('button', { name: 'Yes, keep it' }).click();
    const question = page.getByRole('dialog', { name: 'Is this scan really about you?' });
    await question.getByText(/Keep it only if you are sure/).waitFor();
    await portrait(page, '33-confirm-mismatch');
    await question.getByRole('button', { name: 'It is about me, keep it' }).click();
    await page.getByText(/is now in your record/).waitFor();
    expect((await patientItems()).every(({ state }) => state === 'kept')).toBe(true);
    await open(page, /Head/);
    await untilShowing(page);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'My record' }).waitFor();
    await page.getByRole('link', { name: /CT of the head/ }).click();
    await page.getByText('City Hospital').first().waitFor();
    await portrait(page, '34-item');
  });

  it('throws away what the patient does not want, and tells the provider of both', async () => {
    const before = await patientItems();
    await deposit(provider.page, '20240301');
    const { page } = patient;
    await page.goto('/record');
    await page.getByRole('button', { name: 'No, throw it away' }).click();
    const question = page.getByRole('dialog', { name: 'Throw this away?' });
    await question.getByText(/City Hospital still has its own copy/).waitFor();
    await portrait(page, '35-reject');
    await question.getByRole('button', { name: 'Throw it away' }).click();
    await page.getByText(/was thrown away/).waitFor();
    expect(await patientItems()).toEqual(before);
    await provider.page.goto('/deposit');
    const rows = provider.page.getByRole('region', { name: 'What you sent' }).getByRole('listitem');
    await rows.getByText('accepted', { exact: true }).waitFor();
    await rows.getByText('rejected', { exact: true }).waitFor();
    await portrait(provider.page, '36-deposits-decided');
  });

  it('stops a code that the patient ends', async () => {
    const { page } = patient;
    await page.goto('/hospital');
    await page.getByRole('button', { name: /^End now: code for City hospital/ }).click();
    await page.getByText(/no longer works/).waitFor();
    const answer = await asks(provider, 'POST', '/api/imports', { depositCode: code });
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('delegation.deposit-code-unusable');
  });

  it('refuses what is no viewer, with a sentence', async () => {
    const { page } = admin;
    await page.goto('/admin/viewers');
    await page.getByRole('button', { name: 'Add a viewer' }).click();
    const panel = page.getByRole('dialog', { name: 'Add a viewer' });
    const reference = panel.getByLabel('Image reference');
    await reference.fill('vitrine-test/nowhere:1');
    await panel.getByRole('button', { name: 'Test this viewer' }).click();
    await panel.getByText('The container engine does not hold an image of this name.').waitFor();
    await portrait(page, '37-viewer-unknown');
    for (const base of ['toolbox', 'base']) {
      await reference.fill(`vitrine/${base}:${productVersion()}`);
      await panel.getByRole('button', { name: 'Test this viewer' }).click();
      await panel
        .getByText('This image cannot be used as a viewer: it has no manifest in its label')
        .waitFor();
    }
  });

  it(
    'does not offer an image that only says that it shows something, and shows why',
    async () => {
      const panel = await register(LIAR.reference);
      await panel.getByText('It did not pass, so it is not offered.').waitFor({ timeout: ADMISSION_MS });
      await panel.getByText('It says that it shows the sample, yet the screen is empty.').waitFor();
      await portrait(admin.page, '38-viewer-refused');
      await panel.getByRole('button', { name: 'Close' }).last().click();
      const card = admin.page.getByRole('article', { name: LIAR.title });
      await card.getByText('refused').waitFor();
      expect(await card.getByRole('button', { name: 'Enable' }).count()).toBe(0);
    },
    ADMISSION_MS,
  );

  it(
    'offers a registered image after its test, with a picture of itself',
    async () => {
      expect(await offered()).not.toContain(READER.title);
      const panel = await register(READER.reference);
      await panel.getByText('The viewer is started alone in the sandbox').waitFor();
      const check = (name: string, state: string) =>
        panel.getByRole('listitem').filter({ hasText: `${name}: ${state}` });
      await check('There is a picture', 'still to come').waitFor();
      await check('It says that it shows the sample', 'being checked').waitFor({ timeout: ADMISSION_MS });
      await check('It starts alone in the sandbox', 'passed').waitFor();
      await portrait(admin.page, '39-viewer-testing');
      await panel.getByText('It passed and is offered now.').waitFor({ timeout: ADMISSION_MS });
      const icon = panel.getByRole('img', { name: `Screenshot of ${READER.title} with sample data` });
      await until(
        'the picture of the viewer',
        () => icon.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
        (width) => width > 0,
      );
      await panel.getByText('There is a picture').waitFor();
      await portrait(admin.page, '40-viewer-passed');
      await panel.getByRole('button', { name: 'Close' }).last().click();
      await admin.page.getByRole('article', { name: READER.title }).getByText('offered').waitFor();
      await portrait(admin.page, '41-viewers');
      expect(await offered()).toContain(READER.title);
    },
    ADMISSION_MS,
  );

  async function register(reference: string) {
    const { page } = admin;
    await page.goto('/admin/viewers');
    await page.getByRole('button', { name: 'Add a viewer' }).click();
    const panel = page.getByRole('dialog', { name: 'Add a viewer' });
    await panel.getByLabel('Image reference').fill(reference);
    await panel.getByRole('button', { name: 'Test this viewer' }).click();
    return panel;
  }

  /** What the patient's page offers for the report. */
  async function offered(): Promise<string> {
    const { page } = patient;
    await page.goto('/record');
    await page.getByRole('link', { name: new RegExp(reportTitle) }).click();
    await page.getByRole('heading', { name: reportTitle }).waitFor();
    await page.getByRole('button', { name: 'Open', exact: true }).and(page.locator(':enabled')).waitFor();
    await page.waitForLoadState('networkidle');
    const more = page.getByRole('button', { name: 'Open with another viewer' });
    if ((await more.count()) === 0) return '';
    await more.click();
    await page.getByRole('menuitem').first().waitFor();
    return page.getByRole('menu').innerText();
  }

  it('opens the patient’s report with it, and shows the admin no names of what is open', async () => {
    const { page } = patient;
    await offered();
    await portrait(page, '42-open-with');
    await page.getByRole('menuitem', { name: new RegExp(READER.title) }).click();
    await untilShowing(page);
    await admin.page.goto('/admin/sessions');
    const row = admin.page.getByRole('row', { name: new RegExp(READER.title) });
    await row.getByText('running').waitFor();
    await portrait(admin.page, '43-admin-sessions');
    const told = [
      await admin.page.locator('body').innerText(),
      (await asks(admin, 'GET', '/api/admin/sessions')).text,
    ];
    for (const text of told) expect(text).not.toMatch(/ct-head-report|Jane|Doe|jane@/);

    await row.getByRole('button', { name: `End the session with ${READER.title}` }).click();
    const question = admin.page.getByRole('dialog', { name: 'End this session?' });
    await portrait(admin.page, '44-end-session');
    await question.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByText('The operator of this site has closed it. Your record is safe.').waitFor();
    await portrait(page, '45-ended-by-admin');
    await admin.page.getByText('Nothing is running').waitFor();
    await portrait(admin.page, '46-admin-nothing-runs');
    expect(await hostState(stack)).toEqual(NOTHING);
  });

  it('no longer offers a viewer that the admin disabled, and again when enabled', async () => {
    const { page } = admin;
    await page.goto('/admin/viewers');
    const card = page.getByRole('article', { name: READER.title });
    await card.getByRole('button', { name: 'Disable' }).click();
    await card.getByText('disabled', { exact: true }).waitFor();
    expect(await offered()).not.toContain(READER.title);
    const [item] = (await patientItems()).filter(({ title }) => title.includes(reportTitle));
    const refused = await asks(patient, 'POST', '/api/sessions', {
      itemIds: [item?.id],
      viewerId: 'second-reader',
    });
    expect(refused.text).toContain('viewers.not-offered');
    expect(refused.status).toBe(409);
    await card.getByRole('button', { name: 'Enable' }).click();
    await card.getByText('offered', { exact: true }).waitFor();
    expect(await offered()).toContain(READER.title);
  });

  it('asked nobody outside for anything, and no page threw', () => {
    for (const { strangers, faults } of [patient, provider, admin]) {
      expect(strangers).toEqual([]);
      expect(faults).toEqual([]);
    }
  });
});

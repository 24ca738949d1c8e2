import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { syntheticCtStudy } from '@vitrine/samples';
import { ApiClient } from '../support/api-client.js';
import { asks } from '../support/asks.js';
import { launchBrowser, person, portrait, until, type Person } from '../support/browser.js';
import { PASSWORD, signUp, untilShowing } from '../support/pages.js';
import { Stack } from '../support/stack.js';

const LOOKED = /^You opened .* It was not part of your record yet\.$/;

describe('a deposit that waits for the patient’s answer', () => {
  let stack: Stack;
  let browser: Browser;
  let patient: Person;
  let provider: ApiClient;
  let depositCode: string;

  beforeAll(async () => {
    stack = await Stack.startTested();
    browser = await launchBrowser();
    patient = await person(browser, stack.origin);
    await signUp(patient.page, 'Jane Doe', 'jane@example.org', '1951-04-02');
    const made = await asks(patient, 'POST', '/api/deposit-codes', { label: 'City Hospital' });
    depositCode = (JSON.parse(made.text) as { secret: string }).secret;
    const admin = stack.people.find(({ role }) => role === 'admin');
    const house = await firstSignIn(admin);
    const account = {
      name: 'Dr Lee',
      email: 'lee@example.org',
      role: 'provider',
      organisation: 'City Hospital',
    };
    const { oneTimePassword } = await house.call<{ oneTimePassword: string }>(
      'POST',
      '/api/admin/accounts',
      account,
    );
    provider = await firstSignIn({ email: account.email, oneTimePassword });
  });

  afterAll(async () => {
    await browser.close();
    await stack.close();
  });

  async function firstSignIn(who?: { email: string; oneTimePassword: string }): Promise<ApiClient> {
    if (!who) throw new Error('nobody to sign in as');
    const client = new ApiClient(stack);
    await client.call('POST', '/api/sign-in', { email: who.email, password: who.oneTimePassword });
    await client.call('POST', '/api/me/password', { current: who.oneTimePassword, next: PASSWORD });
    return client;
  }

  const send = (description: string) =>
    provider.addFiles(
      syntheticCtStudy({
        slices: 6,
        size: 128,
        patientName: 'Doe^Jane',
        birthDate: '19510402',
        description,
      }),
      depositCode,
    );
  const running = async () => JSON.parse((await asks(patient, 'GET', '/api/sessions')).text) as unknown[];

  it('is looked at by the patient, who can invite nobody to it', async () => {
    await send('Chest');
    const { page } = patient;
    await page.goto('/record');
    await page.getByRole('button', { name: 'Look at it first' }).click();
    await untilShowing(page);
    await portrait(page, '42-deposit-looked-at');
    expect(await page.getByRole('button', { name: 'Share', exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'More about this view' }).click();
    await page.getByText('Not in your record yet').waitFor();
    await page.keyboard.press('Escape');
  });

  it('is shown to nobody who had a link to something else of the record', async () => {
    const [session] = (await running()) as { id: string; itemIds: string[] }[];
    const link = { itemIds: session?.itemIds, label: 'x', control: 'view' };
    for (const body of [link, { ...link, sessionId: session?.id }])
      expect((await asks(patient, 'POST', '/api/links', body)).status).toBe(404);
  });

  it('is kept while it is open, and can be shared from then on', async () => {
    const [session] = (await running()) as { id: string }[];
    const { page } = patient;
    await page.goto('/record');
    await page.getByText('Open now:').waitFor();
    await page.getByRole('button', { name: 'Yes, keep it' }).click();
    await page.getByText(/is now in your record/).waitFor();
    await page.goto(`/viewer/${session?.id}`);
    await page.getByRole('button', { name: 'Share', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'My record' }).waitFor();
  });

  it('is gone from its viewer too once it is thrown away, and the look stays written down', async () => {
    await send('Knee');
    const { page } = patient;
    await page.goto('/record');
    await page.getByRole('button', { name: 'Look at it first' }).click();
    await untilShowing(page);
    await page.goto('/record');
    await page.getByRole('button', { name: 'No, throw it away' }).click();
    await page.getByRole('button', { name: 'Throw it away', exact: true }).click();
    await page.getByText(/was thrown away/).waitFor();
    await until('its viewer to be gone', running, (sessions) => sessions.length === 0);
    await page.goto('/looked');
    await page.getByText(LOOKED).nth(1).waitFor();
  });
});

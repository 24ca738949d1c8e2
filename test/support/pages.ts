import type { Page } from 'playwright-core';

export const PASSWORD = 'three quiet herons';

/** What people do on the portal's pages, in their words: labels and buttons, never class names. */

export async function signUp(page: Page, name: string, email: string, birthDate?: string): Promise<void> {
  await page.goto('/sign-up');
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  if (birthDate !== undefined) await page.getByLabel('Date of birth').fill(birthDate);
  await page.getByRole('button', { name: 'Create my record' }).click();
  await page.getByRole('heading', { name: 'My record' }).waitFor();
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** On the page that asks for it: replaces a password that somebody else made. */
export async function choosePassword(page: Page, given: string): Promise<void> {
  await page.getByLabel('Password that you were given').fill(given);
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('New password once more').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set new password' }).click();
}

/** Signs in with a password that somebody else made, and chooses an own one. */
export async function firstSignIn(page: Page, email: string, oneTimePassword: string): Promise<void> {
  await signIn(page, email, oneTimePassword);
  await choosePassword(page, oneTimePassword);
}

/** Adds files by the Add page and waits for the report. */
export async function add(page: Page, files: readonly string[]): Promise<string> {
  await page.goto('/add');
  await page.getByLabel('Choose files').setInputFiles([...files]);
  const done = page.getByText(/^Done\./);
  await done.waitFor({ timeout: 120_000 });
  return done.innerText();
}

/** Opens the first thing of the record whose title contains the words; resolves on the viewer page. */
export async function open(page: Page, title: string | RegExp): Promise<void> {
  await page.goto('/record');
  const name =
    typeof title === 'string' ? new RegExp(`^Open ${title}`) : new RegExp(`^Open .*(?:${title.source})`, 'i');
  await page.getByRole('button', { name }).first().click();
  const trouble = page.getByRole('alert');
  await page.waitForURL(/\/viewer\//).catch(async (late: unknown) => {
    throw new Error(`not opened; the page says: ${(await trouble.allInnerTexts()).join(' ')}`, {
      cause: late,
    });
  });
}

/** The picture itself, without the bar. */
export const display = (page: Page) => page.getByLabel(/^The picture of /);

/** Waits until the progress is over: the viewer has said that it shows what was opened. */
export async function untilShowing(page: Page): Promise<void> {
  // The progress stands over the first frames, and goes when the viewer says that it shows the thing.
  await page.locator('[data-painted]').waitFor({ timeout: 60_000 });
  await page.getByRole('list', { name: 'Progress' }).waitFor({ state: 'hidden', timeout: 120_000 });
}

/** Opens a form of the settings, fills its one field, and waits for what is shown once. */
export const make =
  (open: string, field: string, words: string, submit: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: open }).click();
    // The focus is in the form already.
    await page.getByLabel(field).and(page.locator(':focus')).fill(words);
    await page.getByRole('button', { name: submit }).click();
    await page.getByText(/only now/).waitFor();
  };

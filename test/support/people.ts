import type { Browser } from 'playwright-core';
import { ApiClient } from './api-client.js';
import { person, type Person } from './browser.js';
import { PASSWORD } from './pages.js';
import type { Stack } from './stack.js';

interface NewAccount {
  readonly oneTimePassword: string;
}

/** A system of a hospital, as its provider registers it. */
export const PACS = {
  name: 'City hospital PACS',
  callingAeTitle: 'CITYPACS',
  addresses: ['192.0.2.0/24'],
  certificate: 'ab'.repeat(32),
  host: '192.0.2.7',
  port: 104,
};

/** Signs in with a one-time password, and chooses an own one unless that is still to be done. */
export async function firstSignIn(
  stack: Stack,
  who: { email: string; oneTimePassword: string } | undefined,
  change = true,
): Promise<ApiClient> {
  if (!who) throw new Error('nobody to sign in as');
  const client = new ApiClient(stack);
  await client.call('POST', '/api/sign-in', { email: who.email, password: who.oneTimePassword });
  if (change) await client.call('POST', '/api/me/password', { current: who.oneTimePassword, next: PASSWORD });
  return client;
}

/** An account that the administrator makes, signed in. */
export async function made(
  admin: ApiClient,
  name: string,
  role: string,
  organisation?: string,
  change = true,
): Promise<ApiClient> {
  const email = `${name.replace(/\W/g, '').toLowerCase()}@example.org`;
  const account = { name, email, role, ...(organisation === undefined ? {} : { organisation }) };
  const { oneTimePassword } = await admin.call<NewAccount>('POST', '/api/admin/accounts', account);
  return firstSignIn(admin.stack, { email, oneTimePassword }, change);
}

/** A browser in which the client's account is signed in. */
export async function browserOf(browser: Browser, stack: Stack, client?: ApiClient): Promise<Person> {
  const one = await person(browser, stack.origin, { bypassCSP: true, reducedMotion: 'reduce' });
  for (const cookie of client?.cookieHeader.split('; ') ?? []) {
    const [name = '', value = ''] = cookie.split('=');
    await one.context.addCookies([{ name, value, url: stack.origin, httpOnly: true, sameSite: 'Strict' }]);
  }
  return one;
}

import type { INestApplication } from '@nestjs/common';
import type { Server } from 'node:http';
import request from 'supertest';
import { SYSTEM_AGENT } from '@vitrine/audit';
import { Accounts, type Role } from '@vitrine/identity';
import type { Browser } from './small-app.js';

export const PASSWORD = 'correct teapot museum';

/** A browser without a sign-in that sends what the portal sends. */
export const aBrowser = (app: INestApplication, publicUrl: string): Browser =>
  request
    .agent(app.getHttpServer() as Server)
    .set('X-Vitrine', '1')
    .set('Origin', publicUrl);

let made = 0;

/** A browser in which somebody new is signed in; with `fresh` the one-time password is not replaced yet. */
export async function signedIn(
  app: INestApplication,
  publicUrl: string,
  role: Role,
  { name = `The ${role}`, fresh = false } = {},
): Promise<Browser> {
  const email = `${role}${++made}@example.org`;
  const accounts = app.get(Accounts, { strict: false });
  const { oneTimePassword } = await accounts.create(SYSTEM_AGENT, { name, email, role });
  const browser = aBrowser(app, publicUrl);
  await browser.post('/api/sign-in').send({ email, password: oneTimePassword }).expect(200);
  if (!fresh)
    await browser.post('/api/me/password').send({ current: oneTimePassword, next: PASSWORD }).expect(204);
  return browser;
}

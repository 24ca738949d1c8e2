import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { SYSTEM_AGENT } from '@vitrine/audit';
import { AccessTokens, type Owner, type TokenScope } from '@vitrine/delegation';
import { Accounts, Patient } from '@vitrine/identity';

let made = 0;

/** Somebody new with a record. */
export async function aPatient(app: INestApplication, name = 'Jane Doe'): Promise<Owner> {
  const email = `owner${++made}@example.org`;
  const accounts = app.get(Accounts, { strict: false });
  const { account } = await accounts.create(SYSTEM_AGENT, { name, email, role: 'patient' });
  const patient = await app.get(DataSource).getRepository(Patient).findOneByOrFail({ accountId: account.id });
  return { account, patient };
}

/** The secret of a token of this person. */
export async function aToken(app: INestApplication, owner: Owner, scope: TokenScope): Promise<string> {
  const tokens = app.get(AccessTokens, { strict: false });
  return (await tokens.create(owner, { label: `To ${scope}`, scope, expiresInDays: 1 })).secret;
}

/** A program that sends this token with every request. */
export const aProgram = (app: INestApplication, secret: string) =>
  request.agent(app.getHttpServer() as Server).set('Authorization', `Bearer ${secret}`);

export const STOW_TYPE = 'multipart/related; type="application/dicom"; boundary=part';

/** The body of a store request with that type. */
export const stowBody = (...instances: readonly Uint8Array[]): Buffer =>
  Buffer.concat([
    ...instances.flatMap((bytes) => [
      Buffer.from('--part\r\nContent-Type: application/dicom\r\n\r\n'),
      bytes,
      Buffer.from('\r\n'),
    ]),
    Buffer.from('--part--'),
  ]);

import { ApiClient } from '../../support/api-client.js';
import type { Stack } from '../../support/stack.js';

const PASSWORD = 'three quiet herons';
let patients = 0;

/** A patient with an empty record. */
export async function newPatient(stack: Stack): Promise<ApiClient> {
  const patient = new ApiClient(stack);
  await patient.signUp('Jane Doe', `jane-${++patients}@example.org`);
  return patient;
}

/** A provider, made by the admin. */
export async function newProvider(stack: Stack): Promise<ApiClient> {
  const admin = new ApiClient(stack);
  const first = stack.people.find(({ role }) => role === 'admin');
  if (first === undefined) throw new Error('there is no admin');
  await signIn(admin, first.email, first.oneTimePassword);
  const { oneTimePassword } = await admin.call<{ oneTimePassword: string }>('POST', '/api/admin/accounts', {
    name: 'Dr Weber',
    email: 'weber@example.org',
    role: 'provider',
    organisation: 'City Radiology',
  });
  const provider = new ApiClient(stack);
  await signIn(provider, 'weber@example.org', oneTimePassword);
  return provider;
}

async function signIn(client: ApiClient, email: string, password: string): Promise<void> {
  await client.call('POST', '/api/sign-in', { email, password });
  await client.call('POST', '/api/me/password', { current: password, next: PASSWORD });
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticCtStudy } from '@vitrine/samples';
import { ApiClient } from '../support/api-client.js';
import { freePort } from '../support/free-port.js';
import { Orthanc } from '../support/orthanc.js';
import { runProgram } from '../support/run-program.js';
import { Stack } from '../support/stack.js';
import { median } from './statistics.js';

const INSTANCES = 600;
const ROUNDS = 5;
const AIMS = { cstore_vs_orthanc: 1.5 };
const PASSWORD = 'three quiet herons';

/**
 * Instances per second that storescu brings in over one association, here and at Orthanc: the same files, the same
 * client, by turns, each durable before its success is answered (Orthanc with its defaults). Orthanc gets a fresh
 * database and we a fresh code in every round, so that nothing is known already. The client is told not to wait for
 * Nagle's algorithm, as the server is: otherwise the bench would measure that.
 */
export async function bench(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-ingest-'));
  const dicomPort = await freePort();
  const stack = await Stack.start({ VITRINE_DICOM_PORT: String(dicomPort) });
  try {
    for (const [index, { bytes }] of syntheticCtStudy({ slices: INSTANCES, size: 256 }).entries())
      writeFileSync(join(folder, `${String(index).padStart(5, '0')}.dcm`), bytes);
    const { patient, provider } = await people(stack);
    await provider.call('POST', '/api/dicom-nodes', { name: 'PACS', callingAeTitle: 'PACS' });
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { aeTitle } = await patient.call<{ aeTitle: string }>('POST', '/api/deposit-codes', {
        label: 'x',
      });
      const orthanc = await Orthanc.start();
      try {
        theirs.push(await instancesPerSecond(folder, 'ORTHANC', orthanc.dicomPort));
      } finally {
        await orthanc.close();
      }
      ours.push(await instancesPerSecond(folder, aeTitle, dicomPort));
      await examined(provider, round + 1);
      process.stdout.write(`C-STORE: ${ours.at(-1)} instances a second, Orthanc ${theirs.at(-1)}\n`);
    }
    const ratio = Math.round((100 * median(ours)) / median(theirs)) / 100;
    const figures = {
      cstore_vs_orthanc: ratio,
      cstore_per_s: median(ours),
      orthanc_cstore_per_s: median(theirs),
      instances: INSTANCES,
    };
    return { figures, aims: AIMS, ok: ratio >= AIMS.cstore_vs_orthanc };
  } finally {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function people(stack: Stack): Promise<{ patient: ApiClient; provider: ApiClient }> {
  const patient = new ApiClient(stack);
  await patient.signUp('Jane Doe', 'jane@example.org');
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
  return { patient, provider };
}

async function signIn(client: ApiClient, email: string, password: string): Promise<void> {
  await client.call('POST', '/api/sign-in', { email, password });
  await client.call('POST', '/api/me/password', { current: password, next: PASSWORD });
}

async function instancesPerSecond(folder: string, called: string, port: number): Promise<number> {
  const begun = performance.now();
  const { code, output } = await runProgram(
    '/usr/bin/storescu',
    ['+sd', '+r', '-R', '-aet', 'PACS', '-aec', called, '127.0.0.1', String(port), folder],
    { TCP_NODELAY: '1' },
  );
  if (code !== 0) throw new Error(`storescu ended with ${code}\n${output.slice(-2000)}`);
  return Math.round(INSTANCES / ((performance.now() - begun) / 1000));
}

/** Waits until what was sent has been examined, so that it does not run beside the next round. */
async function examined(provider: ApiClient, imports: number): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const list = await provider.call<{ state: string; filesStored: number }[]>('GET', '/api/imports');
    const done = list.filter(({ state }) => state === 'done');
    if (done.length === imports) {
      if (done.some(({ filesStored }) => filesStored !== INSTANCES)) throw new Error('something is missing');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('what was sent was not examined in time');
}

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { filesWith } from '@vitrine/vault/testing';
import { ApiClient } from '../support/api-client.js';
import { engineFolders, untilIdle } from '../support/host-state.js';
import { Stack } from '../support/stack.js';

/** What a thief would look for. Each is long enough not to be met by chance. */
const WORDS = {
  name: 'Wilhelmina Quetzal',
  email: 'wilhelmina@quetzal.example',
  dicomName: 'Quetzal^Wilhelmina',
  description: 'Knee after kitesurfing',
  fileName: 'letter-to-quetzal',
  provider: 'Hospital of the Heron',
  table: 'CREATE TABLE',
};

const PARTS = ['session-host', 'control-plane', 'session-gateway'] as const;

/** The whole product with guests that run, and what it leaves on the disk. Sessions' folders are memory. */
describe('what lies on the disk', () => {
  let stack: Stack;
  let patient: ApiClient;
  let itemIds: string[];

  beforeAll(async () => {
    stack = await Stack.startTested();
    patient = new ApiClient(stack);
    await patient.signUp(WORDS.name, WORDS.email);
    const study = syntheticCtStudy({
      ...{ slices: 8, size: 128, description: WORDS.description },
      ...{ patientName: WORDS.dicomName, birthDate: '19510402' },
    });
    const report = { ...syntheticReportPdf(), name: `${WORDS.fileName}.pdf` };
    const { items } = await patient.addFiles([...study, report]);
    itemIds = items.filter(({ kind }) => kind === 'imaging').map(({ id }) => id);
    await patient.call('POST', '/api/deposit-codes', { label: WORDS.provider, expiresInDays: 3 });
    await untilIdle(stack);
  }, 360_000);

  afterAll(() => stack.close());

  const found = async (): Promise<Record<string, string[]>> => {
    const logs = readdirSync(stack.folder).filter((name) => name.endsWith('.log'));
    expect(logs).toHaveLength(PARTS.length);
    const folders = [stack.dataDir, ...(await engineFolders(stack))];
    const inFolders = (words: string) => folders.flatMap((folder) => filesWith(words, folder));
    const inLogs = (words: string) =>
      filesWith(words, stack.folder).filter((path) => logs.some((log) => path === join(stack.folder, log)));
    return Object.fromEntries(
      Object.entries(WORDS).map(([what, words]) => [what, [...inFolders(words), ...inLogs(words)]]),
    );
  };
  const nothing = Object.fromEntries(Object.keys(WORDS).map((what) => [what, []]));

  it('tells nobody anything while a viewer runs, after a crash of everything, and after the session', async () => {
    const { id } = await patient.openSession(itemIds);
    const { ticket } = await patient.call<{ ticket: string }>('POST', `/api/sessions/${id}/tickets`);
    const client = await GuacamoleClient.connect({
      ...{ gateway: stack.origin, origin: stack.origin, ticket, cookie: patient.cookieHeader },
    });
    await client.firstFrame();
    // In memory they are, so whoever looks in this way finds them.
    expect(filesWith(WORDS.dicomName, join(stack.runDir, 'sessions', id))).not.toEqual([]);
    expect((await engineFolders(stack)).length).toBeGreaterThan(1);
    expect(await found()).toEqual(nothing);

    await Promise.all(PARTS.map((name) => stack.kill(name)));
    expect(existsSync(join(stack.dataDir, 'vitrine.db-wal'))).toBe(true);
    expect(await found()).toEqual(nothing);

    for (const name of PARTS) await stack.startPart(name);
    await stack.waitUntilHealthy();
    expect(await patient.call('GET', '/api/me')).toMatchObject({ name: WORDS.name });
    await patient.call('POST', `/api/sessions/${id}/stop`);
    await untilIdle(stack);
    expect(await found()).toEqual(nothing);
  });
});

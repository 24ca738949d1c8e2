import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { syntheticCtStudy } from '@vitrine/samples';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import pg from 'pg';
import { startCluster, type Cluster } from '../../tools/setup/postgres.mjs';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { Stack } from '../support/stack.js';

const NOTICED_WITHIN_MS = 20_000;

/** The built product on a PostgreSQL server that crashes and comes back. */
describe('an installation on PostgreSQL', () => {
  let cluster: Cluster;
  let stack: Stack;
  let patient: ApiClient;
  let itemIds: string[];

  beforeAll(async () => {
    cluster = await startCluster({ durable: true });
    const admin = new pg.Client({ connectionString: cluster.url() });
    await admin.connect();
    await admin.query('CREATE DATABASE vitrine');
    await admin.end();
    stack = await Stack.start({ VITRINE_DATABASE_URL: cluster.url('vitrine') });
    patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    const study = syntheticCtStudy({ slices: 8, size: 128, patientName: 'Doe^Jane', birthDate: '19510402' });
    itemIds = (await patient.addFiles(study)).items.map(({ id }) => id);
  }, 360_000);
  afterAll(async () => {
    await stack.close();
    await cluster.remove();
  });

  const status = async () => {
    const answer = await fetch(`${stack.origin}/api/health`, { signal: AbortSignal.timeout(15_000) });
    return answer.status;
  };
  const until = async (wanted: number) => {
    const giveUp = Date.now() + NOTICED_WITHIN_MS;
    for (;;) {
      const found = await status();
      if (found === wanted) return;
      if (Date.now() > giveUp) throw new Error(`health is ${found}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('keeps nothing of the database in the data folder, finds the record and shows it', async () => {
    expect(existsSync(join(stack.dataDir, 'vitrine.db'))).toBe(false);
    const { items } = await patient.call<{ items: { id: string }[] }>('GET', '/api/record?q=zebra');
    expect(items).toEqual([]);
    const found = await patient.call<{ items: { id: string }[] }>('GET', '/api/record?q=ct');
    expect(found.items.map(({ id }) => id)).toEqual(itemIds);
  });

  it('says that it cannot answer while the server is away, and goes on by itself with all it acknowledged', async () => {
    const pids = (['control-plane', 'session-gateway'] as const).map((name) => stack.pidOf(name));
    const { id } = await patient.openSession(itemIds, 'aeskulap');
    const { ticket } = await patient.call<{ ticket: string }>('POST', `/api/sessions/${id}/tickets`);
    const { origin } = stack;
    const client = await GuacamoleClient.connect({
      gateway: origin,
      ticket,
      origin,
      cookie: patient.cookieHeader,
    });
    await client.firstFrame();

    const acknowledged: string[] = [];
    const refusals = new Set<string>();
    const writing = (async () => {
      for (let number = 0; !refusals.has('503'); number++) {
        const answer = await patient.fetch('POST', '/api/deposit-codes', { label: `Code ${number}` });
        const body = (await answer.json()) as { id?: string; depositCode?: { id: string }; code?: string };
        if (answer.ok) acknowledged.push(`Code ${number}`);
        else {
          refusals.add(String(answer.status));
          refusals.add(body.code ?? '');
        }
      }
    })();
    while (acknowledged.length < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    await cluster.end('SIGQUIT');
    await writing;
    expect([...refusals]).toEqual(['503', 'kernel.database-away']);
    await until(503);
    const asked = await patient.fetch('GET', '/api/record');
    expect([asked.status, ((await asked.json()) as { code: string }).code]).toEqual([
      503,
      'kernel.database-away',
    ]);

    // Whoever is looking goes on looking.
    const pongs = client.pongs;
    client.ping();
    await client.until(() => client.pongs > pongs);

    await cluster.start();
    await until(200);
    const codes = await patient.call<{ label: string }[]>('GET', '/api/deposit-codes');
    expect(codes.map(({ label }) => label)).toEqual(expect.arrayContaining(acknowledged));
    expect((await patient.call<SessionView>('GET', `/api/sessions/${id}`)).state).toBe('ready');
    expect(client.closing).toBeUndefined();
    await patient.call('POST', `/api/sessions/${id}/stop`);
    await client.closed();
    expect((['control-plane', 'session-gateway'] as const).map((name) => stack.pidOf(name))).toEqual(pids);
    for (const name of ['control-plane', 'session-gateway'])
      expect(readFileSync(join(stack.folder, `${name}.log`), 'utf8')).not.toContain('unhandled rejection');
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { syntheticCtStudy } from '@vitrine/samples';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import { SwiftServer } from '@vitrine/vault/testing';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { hostState, NOTHING, untilIdle } from '../support/host-state.js';
import { Stack } from '../support/stack.js';

const study = syntheticCtStudy({ slices: 12, size: 256, patientName: 'Doe^Jane', birthDate: '19510402' });

describe('an installation whose stored files lie in object storage', () => {
  let server: SwiftServer;
  let stack: Stack;
  let patient: ApiClient;
  let itemIds: string[];

  beforeAll(async () => {
    server = await SwiftServer.start();
    const { endpoint, bucket, credentialsFile } = server.settings('');
    stack = await Stack.start({
      VITRINE_S3_ENDPOINT: endpoint,
      VITRINE_S3_BUCKET: bucket,
      VITRINE_S3_CREDENTIALS_FILE: credentialsFile,
    });
    patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    itemIds = (await patient.addFiles(study)).items.map(({ id }) => id);
    await untilIdle(stack);
  }, 360_000);

  afterAll(async () => {
    await stack.close();
    await server.stop();
  });

  const picture = () => patient.fetch('GET', `/api/record/${itemIds[0]}/thumbnail`);

  it('keeps none of them on its own disk', () => {
    expect(server.objectFiles()).toBeGreaterThan(study.length);
    expect(existsSync(join(stack.dataDir, 'vault'))).toBe(false);
    expect(readdirSync(join(stack.dataDir, 'staging'))).toEqual([]);
  });

  it('opens a study from there in a viewer, whole', async () => {
    const { id } = await patient.openSession(itemIds, 'aeskulap');
    const { ticket } = await patient.call<{ ticket: string }>('POST', `/api/sessions/${id}/tickets`);
    const client = await GuacamoleClient.connect({
      gateway: stack.origin,
      ticket,
      origin: stack.origin,
      cookie: patient.cookieHeader,
    });
    await client.firstFrame();
    const files = join(stack.runDir, 'sessions', id, 'files');
    const deadline = Date.now() + 60_000;
    const laidOut = () =>
      readdirSync(files, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.dcm'))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    while (laidOut().length < study.length && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const wanted = study.map(({ bytes }) => bytes.toString('base64')).sort();
    expect(
      laidOut()
        .map((bytes) => bytes.toString('base64'))
        .sort(),
    ).toEqual(wanted);
    await patient.call('POST', `/api/sessions/${id}/stop`);
    await untilIdle(stack);
  });

  it('says that the store is away while it is, and starts again with everything', async () => {
    expect((await picture()).status).toBe(200);
    await server.cut();
    const answer = await picture();
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'vault.unreachable', retry: 'later' });
    const { id } = await patient.call<SessionView>('POST', '/api/sessions', {
      itemIds,
      viewerId: 'aeskulap',
    });
    // The display may be there before it is known that the files do not come.
    const over = await patient.untilSession(id, ({ state }) => state === 'failed' || state === 'ended');
    expect(over.endReason).toBe('start-failed');
    await stack.kill('control-plane');
    await server.resume();
    await stack.startPart('control-plane');
    await stack.waitUntilHealthy();
    expect((await picture()).status).toBe(200);
  });

  it('leaves nothing on the host', async () => {
    await stack.end();
    expect(await hostState(stack)).toEqual(NOTHING);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import { newId, productVersion } from '@vitrine/kernel';
import { digestOfBlobs, hostSocketPath, PermitSigner, readControlKey } from '@vitrine/session-host';
import { RawClient } from '@vitrine/session-host/testing';
import { openDatabase } from '../support/database.js';
import { hostState, NOTHING, untilIdle } from '../support/host-state.js';
import { Stack } from '../support/stack.js';

const engineSocket = process.env['VITRINE_ENGINE_SOCKET'] ?? '/var/run/docker.sock';
const engine = new Docker({ socketPath: engineSocket });
const REFUSED = /^(cut off|sessions\.not-permitted|hypervisor\.|viewers\.)/;

/** Somebody has the control plane and its key for the host, and wants what a build has for a patient's files. */
describe('a control plane that was taken over, and the studio', () => {
  let stack: Stack;
  let key: Buffer;
  let imageDigest: string;
  let registration: string;
  let notAViewer: string;
  const blobIds = [newId()];
  const patientId = newId();
  const table: string[] = [];

  beforeAll(async () => {
    stack = await Stack.startTested();
    await untilIdle(stack);
    const database = await openDatabase(stack);
    const viewer = database
      .prepare('SELECT "imageDigest", registration FROM viewer WHERE id = ?')
      .get('aeskulap');
    database.close();
    ({ imageDigest, registration } = viewer as { imageDigest: string; registration: string });
    key = readControlKey(stack.runDir);
    notAViewer = (await engine.getImage(`vitrine/toolbox:${productVersion()}`).inspect()).Id;
  }, 360_000);
  afterAll(async () => {
    process.stdout.write(`\n${table.join('\n')}\n`);
    await stack.close();
  });

  const ask = async (name: string, question: unknown): Promise<string> => {
    const client = await RawClient.open(hostSocketPath(stack.runDir), key);
    try {
      return await client.ask(name, question);
    } finally {
      client.close();
    }
  };
  const refused = async (attempt: string, outcome: Promise<string>) => {
    const seen = await outcome;
    table.push(`${attempt.padEnd(72)} ${seen.slice(0, 80)}`);
    expect([attempt, seen]).toEqual([attempt, expect.stringMatching(REFUSED)]);
  };
  const claim = () => ({ patientId, blobIds, bytes: 1000, files: 1, scratch: false });
  const sign = (sessionId: string) =>
    new PermitSigner(key).sign({
      sessionId,
      by: { kind: 'account', id: newId() },
      patientId,
      imageDigest,
      isolation: 'standard',
      blobs: digestOfBlobs(blobIds),
      egress: [],
      until: new Date(Date.now() + 60_000).toISOString(),
    });
  const object = (blobId: string) => ({
    blobId,
    bytes: 1000,
    version: 1,
    key: Buffer.alloc(32).toString('base64'),
    path: 'item-1/000009.dcm',
  });

  it('gets no record into a guest that has a network, and no network into one that has a record', async () => {
    const base = { imageDigest, isolation: 'standard', registration };
    const permitFor = (sessionId: string, change: object = {}, by = new PermitSigner(key)) =>
      by.signBuild({
        sessionId,
        by: { kind: 'account', id: newId() },
        imageDigest,
        until: new Date(Date.now() + 60_000).toISOString(),
        ...change,
      });
    const build = (sessionId: string, permit: string, what: object = base) =>
      ask('openBuild', { sessionId, permit, base: what });
    const image = {
      id: 'stolen',
      version: '1.0',
      title: 'Stolen',
      sentence: 'Takes.',
      licence: 'MIT',
      formats: ['pdf'],
      rank: 1,
      resources: { cpus: 1, memoryMiB: 512, pids: 64, scratchMiB: 64 },
      network: 'none',
      maximumMinutes: 60,
      command: ['true'],
    };
    const id = newId();
    await refused('a build without a permit of a build', build(id, sign(id)));
    await refused('a build by the permit of another', build(id, permitFor(newId())));
    await refused(
      'a build by a permit that the database’s thief made',
      build(id, permitFor(id, {}, new PermitSigner(Buffer.alloc(32)))),
    );
    await refused(
      'a build by a permit that is over',
      build(id, permitFor(id, { until: '2020-01-01T00:00:00Z' })),
    );
    await refused(
      'a build on an image that nobody registered',
      build(id, permitFor(id, { imageDigest: notAViewer }), { ...base, imageDigest: notAViewer }),
    );
    for (const [what, more] of [
      ['a folder of the host in a build', { mounts: [{ hostPath: '/' }] }],
      ['more capabilities for a build', { capabilities: ['SYS_ADMIN'] }],
      ['the host’s network for a build', { network: 'host' }],
      ['a command of its own for a build', { command: ['id'] }],
    ] as const)
      await refused(what, build(id, permitFor(id), { ...base, ...more }));

    const viewed = newId();
    expect(await ask('prepare', { sessionId: viewed, candidate: false })).toBe('DONE');
    const viewer = { role: 'viewer', imageDigest, isolation: 'standard', registration, egress: false };
    expect(await ask('start', { sessionId: viewed, wish: viewer })).toBe('DONE');
    await refused('a build of a session that is a viewer', build(viewed, permitFor(viewed)));
    await refused(
      'an image of a session that is a viewer',
      ask('freezeBuild', { sessionId: viewed, permit: permitFor(viewed), image }),
    );
    expect(await ask('remove', { sessionId: viewed })).toBe('DONE');

    const built = newId();
    expect(await build(built, permitFor(built))).toBe('DONE');
    await refused(
      'a record for a build',
      ask('attach', { sessionId: built, permit: sign(built), claim: claim() }),
    );
    await refused(
      'a record for a build, by the permit of a build',
      ask('attach', { sessionId: built, permit: permitFor(built), claim: claim() }),
    );
    await refused(
      'a stored file in a build',
      ask('copy', { sessionId: built, objects: [object(blobIds[0]!)] }),
    );
    await refused(
      'a page in a build',
      ask('writePage', { sessionId: built, path: 'item-9/1.html', content: '' }),
    );
    await refused(
      'another list of files in a build',
      ask('writeOpen', { sessionId: built, content: { version: 1, items: [] } }),
    );
    await refused('a viewer in the folder of a build', ask('start', { sessionId: built, wish: viewer }));
    await refused('the registration of a build', ask('register', { sessionId: built }));
    await refused(
      'an image by the permit of a session',
      ask('freezeBuild', { sessionId: built, permit: sign(built), image }),
    );
    for (const [what, change] of [
      ['an image under another name', { id: '../vitrine/mupdf' }],
      ['an image with a tag of its own', { version: 'latest' }],
      ['an image with another user', { user: 'root' }],
      ['an image that has a network', { network: 'host' }],
    ] as const)
      await refused(
        what,
        ask('freezeBuild', { sessionId: built, permit: permitFor(built), image: { ...image, ...change } }),
      );
    await refused(
      'what is installed in an image that is no viewer',
      ask('packages', { imageDigest: notAViewer }),
    );
    expect(await ask('remove', { sessionId: built })).toBe('DONE');
    expect(await hostState(stack)).toEqual(NOTHING);
  }, 180_000);
});

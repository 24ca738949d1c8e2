import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import { newId, productVersion } from '@vitrine/kernel';
import { syntheticCtStudy } from '@vitrine/samples';
import {
  controlKeyPath,
  digestOfBlobs,
  PermitSigner,
  hostSocketPath,
  readControlKey,
} from '@vitrine/session-host';
import { RawClient } from '@vitrine/session-host/testing';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { asWebUser } from '../support/as-web-user.js';
import { openDatabase } from '../support/database.js';
import { untilIdle } from '../support/host-state.js';
import { Stack, WEB_USER } from '../support/stack.js';

const engineSocket = process.env['VITRINE_ENGINE_SOCKET'] ?? '/var/run/docker.sock';
const engine = new Docker({ socketPath: engineSocket });
const NO_KEY = Buffer.alloc(32).toString('base64');
const REFUSED = /^(cut off|sessions\.not-permitted|hypervisor\.|vault\.damaged|viewers\.)/;

interface Row {
  readonly id: string;
  readonly patientId: string;
  readonly permit: string;
  readonly imageDigest: string;
}

/** Somebody has the control plane: its user, its key for the host, its database and everything that it knows. */
describe('a control plane that was taken over', () => {
  let stack: Stack;
  let jane: ApiClient;
  let itemIds: string[];
  let session: Row;
  let blobIds: string[];
  let registration: string;
  let key: Buffer;
  let notAViewer: string;
  const table: string[] = [];
  const note = (attempt: string, outcome: string) =>
    table.push(`${attempt.padEnd(72)} ${outcome.slice(0, 80)}`);

  beforeAll(async () => {
    stack = await Stack.startTested();
    jane = new ApiClient(stack);
    await jane.signUp('Jane Doe', 'jane@example.org');
    const study = syntheticCtStudy({ slices: 4, size: 64, patientName: 'Doe^Jane', birthDate: '19510402' });
    itemIds = (await jane.addFiles(study)).items.map(({ id }) => id);
    await untilIdle(stack);
    const { id } = await jane.openSession(itemIds, 'aeskulap');
    const database = await openDatabase(stack);
    session = database.prepare('SELECT * FROM session WHERE id = ?').get(id) as Row;
    blobIds = database
      .prepare('SELECT "blobId" FROM record_file WHERE "patientId" = ?')
      .all(session.patientId)
      .map((row) => (row as { blobId: string }).blobId);
    const viewer = database.prepare("SELECT registration FROM viewer WHERE id = 'aeskulap'").get();
    ({ registration } = viewer as { registration: string });
    database.close();
    key = readControlKey(stack.runDir);
    notAViewer = (await engine.getImage(`vitrine/toolbox:${productVersion()}`).inspect()).Id;
  }, 360_000);
  afterAll(async () => {
    process.stdout.write(`\n${table.join('\n')}\n`);
    await stack.close();
  });

  const ask = async (name: string, question: unknown, withKey: Buffer | undefined = key): Promise<string> => {
    const client = await RawClient.open(hostSocketPath(stack.runDir), withKey);
    try {
      return await client.ask(name, question);
    } finally {
      client.close();
    }
  };
  const refused = async (attempt: string, outcome: Promise<string>) => {
    const seen = await outcome;
    note(attempt, seen);
    expect([attempt, seen]).toEqual([attempt, expect.stringMatching(REFUSED)]);
  };
  const claim = (change: object = {}) => ({
    patientId: session.patientId,
    blobIds,
    bytes: 100_000,
    files: blobIds.length,
    scratch: false,
    ...change,
  });
  const sign = (change: object = {}, by = new PermitSigner(key)) =>
    by.sign({
      sessionId: session.id,
      by: { kind: 'account', id: newId() },
      patientId: session.patientId,
      imageDigest: session.imageDigest,
      isolation: 'standard',
      blobs: digestOfBlobs(blobIds),
      egress: [],
      until: new Date(Date.now() + 60_000).toISOString(),
      ...change,
    });
  const object = (blobId: string, path = 'item-1/000001.dcm') => ({
    blobId,
    bytes: 1000,
    version: 1,
    key: NO_KEY,
    path,
  });
  /** A folder of its own, as it may have as many as it likes. */
  const prepared = async (): Promise<string> => {
    const id = newId();
    expect(await ask('prepare', { sessionId: id, candidate: false })).toBe('DONE');
    return id;
  };

  it('can name no image, command, flag, user, folder or limit', async () => {
    const sessionId = await prepared();
    const { imageDigest } = session;
    const viewer = { role: 'viewer', imageDigest, isolation: 'standard', registration, egress: false };
    const start = (change: object) => ask('start', { sessionId, wish: { ...viewer, ...change } });
    await refused('an image by name', start({ imageDigest: 'alpine:latest' }));
    await refused('an image that the engine holds and nobody registered', start({ imageDigest: notAViewer }));
    await refused(
      'the same without any registration',
      start({ imageDigest: notAViewer, registration: null }),
    );
    await refused(
      'one that is no viewer, as a test',
      ask('start', {
        sessionId: await candidate(),
        wish: { role: 'candidate', imageDigest: notAViewer, isolation: 'standard' },
      }),
    );
    await refused('walls that it was not registered for', start({ isolation: 'strong' }));
    await refused('no walls', start({ isolation: 'none' }));
    await refused('a folder for results for a viewer that has no use for one', start({ results: true }));
    await refused('a command', start({ command: ['/bin/sh'] }));
    await refused('an environment', start({ environment: { LD_PRELOAD: '/record/x' } }));
    await refused('the engine’s socket as a mount', start({ mounts: [{ hostPath: engineSocket }] }));
    await refused('a privileged guest', start({ privileged: true }));
    await refused('the host’s network', start({ network: 'host' }));
    await refused('root inside', start({ user: '0:0' }));
    await refused('other limits', start({ limits: { memoryMiB: 1e6 } }));
    await refused(
      'another image for the display bridge',
      ask('start', {
        sessionId,
        wish: { role: 'guacd', imageDigest: notAViewer },
      }),
    );
    await refused('a job of its own', ask('run', { command: ['id'] }));
    await refused('a mount', ask('mount', { from: '/', at: '/mnt' }));
    await refused(
      'another job of the toolbox',
      ask('draw', {
        patientId: session.patientId,
        object: { blobId: blobIds[0], bytes: 1000, version: 1, key: NO_KEY },
        job: { kind: 'shell', command: ['id'] },
      }),
    );
    expect(await ask('remove', { sessionId })).toBe('DONE');
  });

  const candidate = async (): Promise<string> => {
    const id = newId();
    expect(await ask('prepare', { sessionId: id, candidate: true })).toBe('DONE');
    return id;
  };

  it('can name no path outside of a session', async () => {
    for (const path of [
      '../../../etc/cron.d/x',
      '/etc/passwd',
      'item-1/../../x',
      'item-1/x\0',
      '.open',
      'a//b',
    ])
      await refused(
        `a page at ${JSON.stringify(path)}`,
        ask('writePage', {
          sessionId: session.id,
          path,
          content: '',
        }),
      );
    for (const sessionId of ['..', '../../etc', '', session.id.toUpperCase(), `${session.id}/files`])
      await refused(`the session ${JSON.stringify(sessionId)}`, ask('remove', { sessionId }));
    await refused(
      'a blob by path',
      ask('copy', {
        sessionId: session.id,
        objects: [object('../../../etc/shadow')],
      }),
    );
    await refused(
      'a patient by path',
      ask('draw', {
        patientId: '../..',
        object: { blobId: blobIds[0], bytes: 1000, version: 1, key: NO_KEY },
        job: { kind: 'thumbnail', format: 'dicom' },
      }),
    );
  });

  it('shows nothing that was not permitted, and nothing twice', async () => {
    const fresh = await prepared();
    const attach = (sessionId: string, permit: string | null, what: object = claim()) =>
      ask('attach', { sessionId, permit, claim: what });
    await refused('a record without a permit', attach(fresh, null));
    await refused('the permit of another session', attach(fresh, session.permit));
    await refused(
      'a permit that the database’s thief made',
      attach(session.id, sign({}, new PermitSigner(Buffer.alloc(32)))),
    );
    await refused(
      'a row whose patient was changed',
      attach(session.id, session.permit, claim({ patientId: newId() })),
    );
    await refused(
      'a row whose files were changed',
      attach(session.id, session.permit, claim({ blobIds: [...blobIds.slice(1), newId()] })),
    );
    await refused(
      'a permit that is over',
      attach(fresh, sign({ sessionId: fresh, until: '2020-01-01T00:00:00Z' })),
    );
    await refused('a second permit for a session that runs', attach(session.id, sign()));
    await refused(
      'files before any permit',
      ask('copy', { sessionId: fresh, objects: [object(blobIds[0]!)] }),
    );
    await refused(
      'a page before any permit',
      ask('writePage', { sessionId: fresh, path: 'a/b.html', content: '' }),
    );
    await refused(
      'a file that the permit does not name',
      ask('copy', {
        sessionId: session.id,
        objects: [object(newId(), 'item-9/000001.dcm')],
      }),
    );
    await refused(
      'a stored file with a wrong key',
      ask('copy', {
        sessionId: session.id,
        objects: [object(blobIds[0]!, 'item-9/000002.dcm')],
      }),
    );
    await refused(
      'a picture of another patient’s file',
      ask('draw', {
        patientId: newId(),
        object: { blobId: blobIds[0], bytes: 1000, version: 1, key: NO_KEY },
        job: { kind: 'thumbnail', format: 'dicom' },
      }),
    );
    const tested = await candidate();
    await refused('a record for an image that is being tested', attach(tested, sign({ sessionId: tested })));
    await refused('a registration without a test', ask('register', { sessionId: tested }));
    for (const sessionId of [fresh, tested]) expect(await ask('remove', { sessionId })).toBe('DONE');

    await jane.call('POST', `/api/sessions/${session.id}/stop`);
    await jane.untilSession(session.id, ({ state }) => state === 'ended');
    expect(await ask('prepare', { sessionId: session.id, candidate: false })).toBe('DONE');
    await refused('a session that is over, with its own old permit', attach(session.id, session.permit));
    expect(await ask('remove', { sessionId: session.id })).toBe('DONE');
  });

  it('gets nothing by a session row that nobody asked for', async () => {
    const id = newId();
    const database = await openDatabase(stack);
    const columns = (database.prepare('PRAGMA table_info(session)').all() as { name: string }[]).map(
      ({ name }) => name,
    );
    const changed: Record<string, string> = {
      id: `'${id}'`,
      state: `'requested'`,
      revision: '0',
      endReason: 'NULL',
      endedAt: 'NULL',
      readyAt: 'NULL',
      walls: 'NULL',
      startDeadline: `'${new Date(Date.now() + 600_000).toISOString()}'`,
      expiresAt: `'${new Date(Date.now() + 600_000).toISOString()}'`,
      lastInputAt: `'${new Date().toISOString()}'`,
    };
    const names = columns.map((name) => `"${name}"`).join(', ');
    const values = columns.map((name) => changed[name] ?? `"${name}"`).join(', ');
    database
      .prepare(`INSERT INTO session (${names}) SELECT ${values} FROM session WHERE id = ?`)
      .run(session.id);
    database.close();
    const seen = await jane.call<SessionView>('GET', `/api/sessions/${id}`).catch(() => undefined);
    expect(seen).toBeDefined();
    const failure = async (): Promise<unknown> => {
      for (const giveUp = Date.now() + 90_000; Date.now() < giveUp;) {
        const reader = await openDatabase(stack);
        const row = reader.prepare('SELECT state, failure FROM session WHERE id = ?').get(id);
        const acts = reader
          .prepare(`SELECT action, outcome, details FROM audit_event WHERE entities LIKE '%${id}%'`)
          .all();
        reader.close();
        if ((row as { state: string }).state === 'failed') return [row, acts.at(-1)];
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      return 'it went on';
    };
    const outcome = await failure();
    note('a session row that was made in the database', JSON.stringify(outcome));
    expect(outcome).toEqual([
      { state: 'failed', failure: 'sessions.not-permitted' },
      expect.objectContaining({ action: 'session.ended', outcome: 'failed' }),
    ]);
    expect(existsSync(join(stack.runDir, 'sessions', id))).toBe(false);
  }, 120_000);

  it('is not heard without the key, nor with what it overheard', async () => {
    await refused('a question with a wrong key', ask('list', {}, Buffer.alloc(32)));
    const silent = await RawClient.open(hostSocketPath(stack.runDir));
    await refused('a question without a proof', silent.ask('list', {}));
    const flood = await RawClient.open(hostSocketPath(stack.runDir), key);
    flood.socket.write(Buffer.from([0x7f, 0xff, 0xff, 0xff, 0]));
    await flood.until(() => undefined);
    note('a frame of 2 GiB', flood.ended ? 'cut off' : 'accepted');
    expect(flood.ended).toBe(true);
  });

  it('is no root: its user can reach neither engine, mounts, keys of the host nor other processes', async () => {
    const { id } = await jane.openSession(itemIds, 'aeskulap');
    const hostPid = stack.pidOf('session-host');
    const { runDir } = stack;
    const attempts: readonly (readonly [string, string])[] = [
      ['connects to the engine’s socket', `await connect(${JSON.stringify(engineSocket)})`],
      ['mounts a file system', `run('mount', '-t', 'tmpfs', 'none', '/mnt')`],
      [
        'gains rights by a program of the system',
        `run('unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt')`,
      ],
      ['reads the host’s secret', `fs.readFileSync(${JSON.stringify(join(stack.folder, 'host', 'secret'))})`],
      ['reads the host’s memory', `fs.openSync('/proc/${hostPid}/mem', 'r+')`],
      ['reads the host’s environment', `fs.readFileSync('/proc/${hostPid}/environ')`],
      ['ends the host', `process.kill(${hostPid}, 'SIGKILL')`],
      ['takes the host’s socket away', `fs.unlinkSync(${JSON.stringify(hostSocketPath(runDir))})`],
      [
        'changes its own key',
        `fs.writeFileSync(${JSON.stringify(controlKeyPath(runDir))}, Buffer.alloc(32))`,
      ],
      ['makes a session’s folder', `fs.mkdirSync(${JSON.stringify(join(runDir, 'sessions', newId()))})`],
      [
        'puts a link in the place of the sessions',
        `fs.renameSync(${JSON.stringify(join(runDir, 'sessions'))}, ${JSON.stringify(join(runDir, 'x'))})`,
      ],
      ['forgets which permits were used', `fs.readdirSync(${JSON.stringify(join(runDir, 'host', 'spent'))})`],
      [
        'reads what a running session shows',
        `fs.readFileSync(${JSON.stringify(join(runDir, 'sessions', id, 'files', 'open.json'))})`,
      ],
      [
        'reads a session’s permit',
        `fs.readFileSync(${JSON.stringify(join(runDir, 'sessions', id, '.permit'))})`,
      ],
      [
        'writes into a guest’s folder',
        `fs.writeFileSync(${JSON.stringify(join(runDir, 'sessions', id, 'display', 'x'))}, '')`,
      ],
      ['becomes the guests’ user', `process.setuid(1000)`],
    ];
    for (const [attempt, code] of attempts) {
      const outcome = asWebUser(code);
      note(`as its user: ${attempt}`, outcome);
      expect([attempt, outcome]).toEqual([attempt, expect.stringMatching(/^(EACCES|EPERM|ENOENT|refused)/)]);
    }
    await jane.call('POST', `/api/sessions/${id}/stop`);
    // What the processes really run as.
    for (const name of ['control-plane', 'session-gateway'] as const) {
      const status = readFileSync(`/proc/${stack.pidOf(name)}/status`, 'utf8');
      expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split('\t')).toEqual(Array(4).fill(String(WEB_USER.uid)));
      expect(/^Groups:[ \t]*(.*)$/m.exec(status)?.[1]?.trim()).toBe('');
      expect(/^CapEff:\s*(.*)$/m.exec(status)?.[1]).toBe('0'.repeat(16));
    }
    expect(readdirSync(join(runDir, 'sessions')).filter((name) => name !== id)).toEqual([]);
  });

  it('can still do what it is there for: decide who may see what of that which it can open', async () => {
    const id = await prepared();
    const { imageDigest } = session;
    const wish = { role: 'viewer', imageDigest, isolation: 'standard', registration, egress: false };
    const outcome = await ask('start', { sessionId: id, wish });
    note('STILL POSSIBLE: a registered viewer under a new id', outcome);
    const permitted = await ask('attach', { sessionId: id, permit: sign({ sessionId: id }), claim: claim() });
    note('STILL POSSIBLE: a permit that it signs itself, over files whose keys it has', permitted);
    expect([outcome, permitted]).toEqual(['DONE', 'DONE']);
    expect(await ask('remove', { sessionId: id })).toBe('DONE');
  });
});

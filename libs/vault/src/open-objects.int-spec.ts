import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId, type KeySource, type ObjectStorageSettings } from '@vitrine/kernel';
import { testDatabase } from '@vitrine/persistence/testing';
import { SwiftServer } from '../testing/swift-server.js';
import { VAULT_ENTITIES } from '../testing/test-vault.js';
import { claimDatabase } from './claim-database.js';
import { openObjects } from './open-objects.js';
import type { SealedObjects } from './sealed-objects.js';
import { StoreRefused } from './store-refused.js';

jest.setTimeout(120_000);

describe('The place of the stored files', () => {
  const name = { patientId: newId(), blobId: newId() };
  let server: SwiftServer;
  let folder: string;
  let dataDir: string;
  let installationId: string;

  beforeAll(async () => {
    server = await SwiftServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    installationId = newId();
    folder = mkdtempSync(join(tmpdir(), 'vitrine-place-'));
    dataDir = join(folder, 'data');
    mkdirSync(dataDir);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const remote = (prefix = installationId) => server.settings(prefix);
  const start = (objectStorage?: ObjectStorageSettings, id = installationId) =>
    openObjects({ dataDir, installationId: id, objectStorage });
  async function add(objects: SealedObjects): Promise<void> {
    const { file, commit } = await objects.create(name);
    await file.writeFile('sealed');
    await commit();
  }
  const refused = async (starting: Promise<unknown>, sentence: string) => {
    await expect(starting).rejects.toThrow(sentence);
    await expect(starting).rejects.toBeInstanceOf(StoreRefused);
  };

  it('is found again', async () => {
    await add(await start(remote()));
    expect(await (await start(remote())).stat(name)).toEqual({ bytes: 6 });
  });

  it('is not opened beside an empty database while it holds files, which would be swept away', async () => {
    const database = await testDatabase(VAULT_ENTITIES);
    const vault = { bytesPerPatient: 1, objectStorage: remote(), previousKey: undefined };
    const key: KeySource = { kind: 'file', path: join(folder, 'key') };
    const settings = { dataDir, installationId, vault: { ...vault, key } };
    const claim = () => claimDatabase(settings, database.dataSource, database.transactor);
    await add(await start(remote()));
    await expect(claim()).rejects.toThrow('There are stored files in the object storage');
    await (await start(remote())).remove(name);
    await claim();
    await claim();
    await database.close();
  });

  it('is not shared with another installation, even when nothing is in it', async () => {
    await start(remote());
    rmSync(join(dataDir, 'object-storage'));
    await refused(start(remote(), newId()), 'belongs to another installation');
  });

  it('is not taken from anybody whose objects carry no mark', async () => {
    await add(await start(remote('shared/a')));
    rmSync(join(dataDir, 'object-storage'));
    await refused(start(remote('shared')), 'nothing that says that they are of this installation');
    expect(await (await start(remote('shared/a'))).stat(name)).toEqual({ bytes: 6 });
  });

  it('is no other one because a setting was changed or left out', async () => {
    await start(remote());
    await refused(
      start(remote('elsewhere')),
      `lie in records/${installationId} and not in records/elsewhere`,
    );
    await refused(start(), 'lie in object storage');
    expect(existsSync(join(dataDir, 'vault'))).toBe(false);
  });

  it('is not the object storage while files lie in the local folder', async () => {
    await add(await start());
    await refused(start(remote()), 'move them there first');
    rmSync(join(dataDir, 'vault', name.patientId, name.blobId));
    await start(remote());
    expect(readFileSync(join(dataDir, 'object-storage'), 'utf8')).toBe(`records/${installationId}\n`);
  });

  it('is refused in one sentence with wrong credentials, and nothing is noted', async () => {
    const credentialsFile = join(folder, 'credentials');
    const settings = { ...remote(), credentialsFile };
    for (const lines of ['clinic:vault\nwrong\n', 'nobody\nwrong\n']) {
      writeFileSync(credentialsFile, lines);
      await refused(start(settings), `does not accept the credentials in ${credentialsFile}`);
    }
    rmSync(credentialsFile);
    await refused(start(settings), 'cannot be read (ENOENT)');
    expect(existsSync(join(dataDir, 'object-storage'))).toBe(false);
  });

  it('is refused in one sentence where there is no such bucket', async () => {
    await refused(start({ ...remote(), bucket: 'missing' }), 'There is no bucket missing');
  });

  it('can be tried again when the store does not answer', async () => {
    await server.cut();
    const starting = start(remote());
    await expect(starting).rejects.toMatchObject({ code: 'vault.unreachable' });
    await expect(starting).rejects.toThrow(/^The object storage at http\S+ cannot be reached/);
    await server.resume();
    await start(remote());
  });
});

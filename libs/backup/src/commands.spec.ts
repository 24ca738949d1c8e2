import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { databaseIn, emptyPlaceIn, environmentOf, ON_POSTGRES } from '@vitrine/persistence/testing';
import { databaseKeyIn, providerIn, VAULT_ENTITIES } from '@vitrine/vault/testing';
import { backupCommand, restoreCommand } from './index.js';

describe('The commands of the operator', () => {
  let folder: string;
  let dataDir: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-commands-'));
    dataDir = join(folder, 'data');
    mkdirSync(dataDir);
    const installationId = newId();
    writeFileSync(join(dataDir, 'installation'), `${installationId}\n`);
    const key = await databaseKeyIn(dataDir, installationId, await providerIn(folder));
    const database = await databaseIn(dataDir, VAULT_ENTITIES, key);
    await database.close();
    env = { ...environmentOf(database.place), VITRINE_KEY_FILE: join(folder, 'key') };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function run(command: typeof backupCommand, ...args: string[]) {
    const lines: string[] = [];
    const code = await command(args, env, (line) => lines.push(line));
    return { code, said: lines.join('\n') };
  }

  it('make a backup, check it and restore it, and say that the key is to be kept apart', async () => {
    const target = join(folder, 'backups');
    const made = await run(backupCommand, target);
    expect(made).toMatchObject({ code: 0, said: expect.stringContaining('keep a copy of that apart') });
    const checked = await run(restoreCommand, target, '--check');
    expect(checked).toMatchObject({ code: 0, said: expect.stringContaining('The backup is whole') });
    const place = await emptyPlaceIn(join(folder, 'new'));
    env = { ...env, ...environmentOf(place) };
    const restored = await run(restoreCommand, target, '--data', place.dataDir);
    expect(restored).toMatchObject({
      code: 0,
      said: expect.stringContaining('Everybody has to sign in again'),
    });
  });

  it('do not put a backup into the data folder, also by way of a link', async () => {
    symlinkSync(dataDir, join(folder, 'link'));
    for (const target of [join(dataDir, 'backups'), join(folder, 'link', 'backups')])
      expect(await run(backupCommand, target)).toMatchObject({
        code: 1,
        said: expect.stringContaining('is in the data folder'),
      });
  });

  it('do not put a backup beside its key', async () => {
    expect(await run(backupCommand, folder)).toMatchObject({
      code: 1,
      said: expect.stringContaining('keep it apart'),
    });
  });

  it('say which folder holds no Vitrine, which no backup, and where the key is not', async () => {
    expect((await run(backupCommand, join(folder, 'b'), '--data', folder)).said).toContain(
      'There is no Vitrine in',
    );
    expect((await run(restoreCommand, join(folder, 'b'))).said).toContain('There is no backup in');
    env['VITRINE_KEY_FILE'] = join(folder, 'elsewhere');
    expect((await run(backupCommand, join(folder, 'b'))).said).toContain('elsewhere is not there');
  });

  it('say that the database server is away', async () => {
    env['VITRINE_DATABASE_URL'] = 'postgresql://vitrine@localhost/vitrine?host=/nowhere';
    expect(await run(backupCommand, join(folder, 'b'))).toMatchObject({
      code: 1,
      said: expect.stringContaining('VITRINE_DATABASE_URL cannot be reached: connect ENOENT'),
    });
  });

  if (ON_POSTGRES) {
    it('say that the database of the server is empty', async () => {
      Object.assign(env, environmentOf({ ...(await emptyPlaceIn(join(folder, 'new'))), dataDir }));
      expect(await run(backupCommand, join(folder, 'b'))).toMatchObject({
        code: 1,
        said: expect.stringContaining('There is no Vitrine in the database'),
      });
    });

    it('do not copy a database of a newer version, of which they know not all', async () => {
      const { dataSource, close } = await databaseIn(dataDir, []);
      await dataSource.query(`INSERT INTO "migrations" ("timestamp", "name") VALUES (9, 'Later9')`);
      await close();
      expect(await run(backupCommand, join(folder, 'b'))).toMatchObject({
        code: 1,
        said: expect.stringContaining('of a newer version'),
      });
    });
  }

  it.each([[[]], [['a', 'b']], [['a', '--force']]])(
    'say how they are used when called with %j',
    async (args) => {
      for (const command of [backupCommand, restoreCommand])
        expect(await run(command, ...args)).toMatchObject({
          code: 1,
          said: expect.stringContaining('Use it like this: npm run'),
        });
    },
  );
});

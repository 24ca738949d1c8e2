import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { Blob, type VaultService } from '@vitrine/vault';
import { bytesOf, CANARY, filesWith, testVault, VAULT_ENTITIES } from '@vitrine/vault/testing';
import { etagOf, type Conditions } from './conditions.js';
import { DriveLock } from './drive-lock.entity.js';
import { DriveNode } from './drive-node.entity.js';
import { DriveNotes } from './drive-notes.service.js';
import { DriveProperty } from './drive-property.entity.js';
import { DriveService, type DriveRequest } from './drive.service.js';
import { isLitter } from './litter.js';
import { WaitingFiles } from './waiting-files.js';

const NONE: Conditions = { lists: [], ifMatch: undefined, ifNoneMatch: undefined };
const naming = (...tokens: string[]): Conditions => ({
  ...NONE,
  lists: tokens.map((value) => ({
    path: 'request',
    conditions: [{ not: false, kind: 'token', value }],
  })),
});
// eslint-disable-next-line @typescript-eslint/require-await
async function* text(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part);
}

describe('a drive', () => {
  const jane = newId();
  const joe = newId();
  const clock = new FakeClock();
  let folder: string;
  let database: TestDatabase;
  let vault: VaultService;
  let drive: DriveService;
  let notes: DriveNotes;
  let waiting: WaitingFiles;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-drive-'));
    database = await testDatabase([DriveNode, DriveProperty, DriveLock, ...VAULT_ENTITIES]);
    const { dataSource, transactor } = database;
    vault = testVault(database, folder, clock, { bytesPerPatient: 1_000_000 }).vault;
    drive = new DriveService(dataSource, transactor, vault, clock);
    notes = new DriveNotes(dataSource, transactor, clock);
    waiting = new WaitingFiles(dataSource.getRepository(DriveNode), transactor, clock);
  });
  afterEach(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  const at = (path: string, conditions = NONE, patientId = jane): DriveRequest => ({
    patientId,
    path: path === '' ? [] : path.split('/'),
    conditions,
  });
  const put = (path: string, content: string, conditions = NONE) =>
    drive.put(at(path, conditions), text(content));
  const read = async (path: string, patientId = jane) => {
    const { blobId } = await notes.find(patientId, path.split('/'));
    return (await bytesOf(await vault.open(patientId, blobId ?? ''))).toString();
  };
  const names = async (path: string) =>
    (await notes.look(jane, at(path).path, { children: true })).children.map(({ node }) => node.name);
  const blobs = () => database.dataSource.getRepository(Blob).count();
  const lock = (path: string, wish = {}, conditions = NONE) =>
    notes.lock(at(path, conditions), {
      scope: 'exclusive',
      depth: 'infinity',
      owner: '',
      seconds: 60,
      ...wish,
    });

  it('keeps what is put into it, sealed', async () => {
    await drive.makeFolder(at('a'));
    expect(await put('a/b', CANARY)).toMatchObject({ created: true });
    expect(await read('a/b')).toBe(CANARY);
    expect(filesWith(CANARY, folder)).toEqual([]);
    expect(await put('a/b', 'new')).toMatchObject({ created: false });
    expect(await read('a/b')).toBe('new');
    // What nothing names any more is gone.
    expect(await blobs()).toBe(1);
  });

  it('is one patient’s', async () => {
    await put('a', 'hers');
    await expect(read('a', joe)).rejects.toMatchObject({ code: 'delegation.not-visible' });
    await expect(drive.remove(at('a', NONE, joe))).rejects.toMatchObject({ code: 'delegation.not-visible' });
    await drive.put(at('a', NONE, joe), text('his'));
    expect([await read('a'), await read('a', joe)]).toEqual(['hers', 'his']);
  });

  it('leaves everything as it was when content breaks off', async () => {
    await put('a', 'old');
    const broken = async function* () {
      yield* text('ne');
      throw new Error('gone');
    };
    await expect(drive.put(at('a'), broken())).rejects.toThrow('gone');
    await expect(drive.put(at('b'), broken())).rejects.toThrow('gone');
    expect(await names('')).toEqual(['a']);
    expect(await read('a')).toBe('old');
    expect(await blobs()).toBe(1);
  });

  it('takes nothing beyond the room that there is', async () => {
    const full = { code: 'vault.quota-exceeded' };
    await expect(drive.put(at('a'), text('a'.repeat(1_000_001)))).rejects.toMatchObject(full);
    await expect(drive.put(at('a'), text(), 1_000_001)).rejects.toMatchObject(full);
    await drive.put(at('a'), text('a'.repeat(600_000)));
    // A copy takes no room.
    await drive.copy(at('a'), { path: ['b'], overwrite: false }, { shallow: false });
    await expect(drive.put(at('c'), text('c'.repeat(600_000)))).rejects.toMatchObject(full);
    expect(await blobs()).toBe(1);
  });

  it.each([
    ['a file into nothing', () => put('no/a', ''), 'drive.no-such-folder'],
    ['a file into a file', () => put('file/a', ''), 'drive.no-such-folder'],
    ['a file over a folder', () => put('folder', ''), 'drive.not-possible'],
    ['a file over the top', () => put('', ''), 'drive.not-possible'],
    ['a folder into nothing', () => drive.makeFolder(at('no/a')), 'drive.no-such-folder'],
    ['a folder over a file', () => drive.makeFolder(at('file')), 'drive.exists'],
    ['nothing', () => drive.remove(at('no')), 'delegation.not-visible'],
    ['the top', () => drive.remove(at('')), 'drive.not-here'],
    ['the top elsewhere', () => drive.move(at(''), { path: ['a'], overwrite: true }), 'drive.not-here'],
    [
      'a folder into itself',
      () => drive.move(at('folder'), { path: ['folder', 'a'], overwrite: true }),
      'drive.not-here',
    ],
    [
      'a file over the folder that it is in',
      () => drive.move(at('folder/inner'), { path: ['folder'], overwrite: true }),
      'drive.not-here',
    ],
    [
      'a copy over itself',
      () => drive.copy(at('file'), { path: ['file'], overwrite: true }, { shallow: false }),
      'drive.not-here',
    ],
    [
      'over what is there, unasked',
      () => drive.move(at('file'), { path: ['folder'], overwrite: false }),
      'drive.precondition',
    ],
    [
      'to a folder that is not there',
      () => drive.move(at('file'), { path: ['no', 'a'], overwrite: true }),
      'drive.no-such-folder',
    ],
  ])('does not put, make, remove or move %s', async (_, act, code) => {
    await put('file', 'x');
    await drive.makeFolder(at('folder'));
    await put('folder/inner', 'y');
    await expect(act()).rejects.toMatchObject({ code });
    expect([await names(''), await names('folder')]).toEqual([['file', 'folder'], ['inner']]);
  });

  describe('with a tree', () => {
    beforeEach(async () => {
      for (const path of ['a', 'a/b']) await drive.makeFolder(at(path));
      await put('a/one', '1');
      await put('a/b/two', '2');
      await notes.edit(at('a/b/two'), [{ namespace: 'n', name: 'p', xml: '<p/>' }]);
    });

    it('copies it with its properties, and each goes its way', async () => {
      await drive.copy(at('a'), { path: ['c'], overwrite: true }, { shallow: false });
      await put('a/one', 'changed');
      await drive.remove(at('a/b'));
      expect([await read('c/one'), await read('c/b/two')]).toEqual(['1', '2']);
      const { self } = await notes.look(jane, ['c', 'b', 'two'], { children: false });
      expect(self.properties).toMatchObject([{ namespace: 'n', name: 'p', xml: '<p/>' }]);
      expect(await drive.copy(at('c'), { path: ['d'], overwrite: true }, { shallow: true })).toEqual({
        created: true,
      });
      expect(await names('d')).toEqual([]);
    });

    it('moves it over another one, whole', async () => {
      await drive.makeFolder(at('c'));
      await put('c/old', 'old');
      const { version } = await notes.find(jane, ['a', 'one']);
      expect(await drive.move(at('a'), { path: ['c'], overwrite: true })).toEqual({ created: false });
      expect([await names(''), await names('c')]).toEqual([['c'], ['b', 'one']]);
      expect((await notes.find(jane, ['c', 'one'])).version).toBe(version);
      expect(await blobs()).toBe(2);
    });

    it('removes it with everything in it', async () => {
      const { lock: held } = await lock('a');
      await drive.remove(at('a', naming(held.token)));
      for (const entity of [DriveNode, DriveProperty, DriveLock, Blob])
        expect(await database.dataSource.getRepository<object>(entity).count()).toBe(0);
    });

    it('is not removed or moved over while something in it is locked', async () => {
      const { lock: held } = await lock('a/b/two');
      await expect(drive.remove(at('a'))).rejects.toMatchObject({ code: 'drive.locked' });
      await expect(drive.move(at('a/one'), { path: ['a', 'b'], overwrite: true })).rejects.toMatchObject({
        code: 'drive.locked',
      });
      await expect(lock('a')).rejects.toMatchObject({ code: 'drive.locked' });
      const token = { ...naming(held.token) };
      await drive.remove(at('a', { ...token, lists: [{ ...token.lists[0]!, path: ['a', 'b', 'two'] }] }));
      expect(await names('')).toEqual([]);
    });
  });

  describe('with locks', () => {
    beforeEach(async () => {
      await drive.makeFolder(at('a'));
      await put('a/b', '1');
    });

    it('lets only who names the lock change what is locked', async () => {
      const { lock: held } = await lock('a');
      const { token } = held;
      for (const act of [
        put('a/b', '2'),
        put('a/new', '2'),
        drive.makeFolder(at('a/new')),
        drive.remove(at('a/b')),
        drive.move(at('a/b'), { path: ['b'], overwrite: true }),
        notes.edit(at('a/b'), [{ namespace: '', name: 'x', xml: null }]),
        lock('a/b', { scope: 'shared' }),
      ])
        await expect(act).rejects.toMatchObject({ code: 'drive.locked' });
      await expect(put('a/b', '2', naming('urn:uuid:other'))).rejects.toMatchObject({
        code: 'drive.precondition',
      });
      await put('a/b', '2', naming(token));
      await notes.unlock(at('a'), token);
      await put('a/b', '3');
    });

    it('locks a folder’s names, and not its files, with depth 0', async () => {
      await lock('a', { depth: '0' });
      await put('a/b', '2');
      for (const act of [put('a/new', ''), drive.remove(at('a/b'))])
        await expect(act).rejects.toMatchObject({ code: 'drive.locked' });
    });

    it('shares a lock among those who want to share', async () => {
      const first = await lock('a/b', { scope: 'shared' });
      await lock('a/b', { scope: 'shared' });
      await expect(lock('a/b')).rejects.toMatchObject({ code: 'drive.locked' });
      await put('a/b', '2', naming(first.lock.token));
    });

    it('forgets a lock after its time, unless it is refreshed', async () => {
      const { lock: held } = await lock('a/b', { seconds: 60 });
      clock.advance(59_000);
      await notes.refresh(at('a/b', naming(held.token)), 60);
      clock.advance(59_000);
      await expect(put('a/b', '2')).rejects.toMatchObject({ code: 'drive.locked' });
      clock.advance(1_000);
      await put('a/b', '2');
      await expect(notes.refresh(at('a/b', naming(held.token)), 60)).rejects.toMatchObject({
        code: 'drive.precondition',
      });
      await expect(notes.unlock(at('a/b'), held.token)).rejects.toMatchObject({ code: 'drive.no-such-lock' });
    });

    it('leaves locks behind when something moves', async () => {
      const { lock: held } = await lock('a/b');
      await drive.move(at('a/b', naming(held.token)), { path: ['c'], overwrite: true });
      await put('c', '2');
    });

    it('makes an empty file for a lock on a new name', async () => {
      expect(await drive.reserve(at('a/new'))).toMatchObject({ created: true, node: { bytes: 0 } });
      expect(await read('a/new')).toBe('');
      expect(await drive.reserve(at('a/new'))).toMatchObject({ created: false });
    });
  });

  it('acts only when things are as the client knows them', async () => {
    const { node } = await put('a', '1');
    const stale = { code: 'drive.precondition' };
    await expect(put('a', '2', { ...NONE, ifNoneMatch: '*' })).rejects.toMatchObject(stale);
    await expect(put('a', '2', { ...NONE, ifMatch: '"other"' })).rejects.toMatchObject(stale);
    await expect(put('b', '2', { ...NONE, ifMatch: '*' })).rejects.toMatchObject(stale);
    await put('a', '2', { ...NONE, ifMatch: `"x", ${etagOf(node)}` });
    await expect(put('a', '3', { ...NONE, ifMatch: etagOf(node) })).rejects.toMatchObject(stale);
    await put('b', '2', { ...NONE, ifNoneMatch: '*' });
  });

  it('notes what is said about a file, all of it or nothing, and not without end', async () => {
    await put('a', '1');
    const many = Array.from({ length: 101 }, (_, index) => ({
      namespace: '',
      name: `p${index}`,
      xml: '<p/>',
    }));
    const full = { code: 'vault.quota-exceeded' };
    await expect(notes.edit(at('a'), many)).rejects.toMatchObject(full);
    await expect(
      notes.edit(at('a'), [{ namespace: '', name: 'p', xml: 'x'.repeat(17_000) }]),
    ).rejects.toMatchObject(full);
    expect((await notes.look(jane, ['a'], { children: false })).self.properties).toEqual([]);
    await notes.edit(at(''), [{ namespace: '', name: 'top', xml: '<top/>' }]);
    expect((await notes.look(jane, [], { children: false })).self.properties).toHaveLength(1);
  });

  describe('the files that wait for the record', () => {
    const waits = async () => (await waiting.of(jane, 10)).map(({ untrustedName }) => untrustedName);

    it('are those with content, that nobody works on, by their whole name', async () => {
      await drive.makeFolder(at('a'));
      await put('a/b.txt', '1');
      await put('empty', '');
      await put('._b.txt', 'litter');
      await put('~$b.docx', 'litter');
      const { lock: held } = await lock('a/b.txt');
      expect(await waits()).toEqual([]);
      await notes.unlock(at('a/b.txt'), held.token);
      expect(await waits()).toEqual(['a/b.txt']);
      await drive.move(at('a'), { path: ['c'], overwrite: true });
      expect(await waits()).toEqual(['c/b.txt']);
    });

    it('wait on when they were written again, and come when a draft gets its name', async () => {
      await put('a', '1');
      const files = await waiting.of(jane, 10);
      await put('a', '2');
      await waiting.done(jane, files);
      expect(await waits()).toEqual(['a']);
      await waiting.done(jane, await waiting.of(jane, 10));
      expect(await waiting.patients()).toEqual([]);
      await put('b.part', '3');
      await drive.move(at('b.part'), { path: ['b'], overwrite: true });
      expect(await waits()).toEqual(['b']);
    });
  });

  it.each(['._x', '.DS_Store', 'Thumbs.db', 'desktop.ini', '~$letter.docx', '.~lock.a#', 'a.part'])(
    'takes %s for litter',
    (name) => expect(isLitter(name)).toBe(true),
  );
  it.each(['x', '.hidden', 'letter.docx', 'thumbs', 'parts'])('does not take %s for litter', (name) =>
    expect(isLitter(name)).toBe(false),
  );
});

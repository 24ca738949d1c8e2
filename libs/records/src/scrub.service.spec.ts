import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { AuditEvent, AuditService } from '@vitrine/audit';
import { newId, Problem, type Settings } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { Blob, type VaultService } from '@vitrine/vault';
import { newProvider, testVault, VAULT_ENTITIES, type TestVault } from '@vitrine/vault/testing';
import { ItemAssembler } from './item-assembler.js';
import type { Addition } from './new-file.js';
import { RecordFile } from './record-file.entity.js';
import { RecordItem } from './record-item.entity.js';
import { RecordsService } from './records.service.js';
import { Scrub } from './scrub.service.js';

const DAY_MS = 24 * 60 * 60_000;
const patientId = newId();

describe('Scrub', () => {
  const clock = new FakeClock();
  const provider = newProvider();
  let database: TestDatabase;
  let root: string;
  let records: RecordsService;
  let vault: VaultService;
  let log: Record<string, unknown>[];

  beforeEach(async () => {
    database = await testDatabase([AuditEvent, RecordFile, RecordItem, ...VAULT_ENTITIES]);
    root = mkdtempSync(join(tmpdir(), 'vitrine-scrub-'));
    log = [];
    build();
  });
  afterEach(async () => {
    await database.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** The parts as they are after a start. */
  function build(): { readonly scrub: Scrub; readonly opened: TestVault } {
    const { dataSource, transactor } = database;
    const settings = { scrub: { everyMs: 30 * DAY_MS, bytesPerSecond: 1024 ** 3 } } as Settings;
    const opened = testVault(database, root, clock, { provider });
    const { checks } = opened;
    vault = opened.vault;
    const audit = new AuditService(dataSource.getRepository(AuditEvent), clock);
    const items = dataSource.getRepository(RecordItem);
    const files = dataSource.getRepository(RecordFile);
    records = new RecordsService(items, files, transactor, vault, checks, audit, clock);
    const sink = new Writable({
      write: (line: Buffer, _, done) => {
        log.push(JSON.parse(line.toString()) as Record<string, unknown>);
        done();
      },
    });
    const scrub = new Scrub(checks, vault, items, files, transactor, audit, clock, settings, pino(sink));
    return { scrub, opened };
  }
  const scrub = () => build().scrub;

  // eslint-disable-next-line @typescript-eslint/require-await
  async function* once(content: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(content);
  }

  async function add(...names: string[]): Promise<string[]> {
    const blobIds: string[] = [];
    for (const name of names) {
      const { blobId, bytes } = await vault.put(patientId, once(`the content of ${name}`));
      const addition: Addition = {
        patientId,
        importId: newId(),
        state: 'kept',
        origin: { kind: 'self', name: 'Jane', at: clock.instant() },
        person: { name: 'Jane', birthDate: null },
        files: [{ blobId, bytes, untrustedName: name, format: 'pdf' }],
      };
      await database.transactor.run((manager) =>
        new ItemAssembler(vault, clock).add(manager, addition, Object.is),
      );
      blobIds.push(blobId);
    }
    return blobIds;
  }
  const flip = (blobId: string) => {
    const path = join(root, 'vault', patientId, blobId);
    const bytes = readFileSync(path);
    bytes[20]! ^= 0x10;
    writeFileSync(path, bytes);
  };

  it('says that all files are intact, and since when', async () => {
    await add('one.pdf', 'two.pdf');
    expect(await records.integrity(patientId)).toEqual({
      files: 2,
      intact: 0,
      damaged: 0,
      checkedAt: null,
      items: [],
    });
    expect(await scrub().round()).toBe(2);
    expect(await records.integrity(patientId)).toMatchObject({
      files: 2,
      intact: 2,
      damaged: 0,
      checkedAt: clock.instant(),
    });
    expect(log).toEqual([]);
  });

  it('finds one flipped bit and names what it belongs to: in the record, in the log, in the acts', async () => {
    const [, two] = await add('one.pdf', 'two.pdf', 'three.pdf');
    flip(two!);
    await scrub().round();
    const [item] = (await records.list(patientId)).filter(({ damagedFiles }) => damagedFiles > 0);
    expect(item).toMatchObject({ title: 'two', damagedFiles: 1 });
    expect(await records.integrity(patientId)).toMatchObject({
      files: 3,
      intact: 2,
      damaged: 1,
      items: [{ id: item!.id, title: 'two', damagedFiles: 1 }],
    });
    expect(log).toMatchObject([{ level: 50, msg: 'a stored file is damaged', itemIds: [item!.id] }]);
    const acts = await database.dataSource.getRepository(AuditEvent).findBy({ patientId });
    expect(acts).toMatchObject([
      { action: 'record.damaged', outcome: 'failed', entities: [{ id: item!.id, label: 'two' }] },
    ]);
  });

  it('says of exactly the files that are there now what was found, and from when that is', async () => {
    await add('one.pdf', 'two.pdf');
    await scrub().round();
    const first = clock.instant();
    clock.advance(DAY_MS);
    // A new file was not looked at: nothing is said of all of them.
    const [three] = await add('three.pdf');
    expect(await records.integrity(patientId)).toMatchObject({
      files: 3,
      intact: 2,
      damaged: 0,
      checkedAt: null,
    });
    await scrub().round();
    expect(await records.integrity(patientId)).toMatchObject({ files: 3, intact: 3, checkedAt: first });
    // Those that were looked at longest ago go: what is left was looked at later.
    const jane = { kind: 'account', id: 'x', name: 'Jane' } as const;
    for (const { id, title } of await records.list(patientId))
      if (title !== 'three') await records.remove(patientId, id, jane);
    expect(await records.integrity(patientId)).toMatchObject({
      files: 1,
      intact: 1,
      checkedAt: clock.instant(),
    });
    flip(three!);
    clock.advance(31 * DAY_MS);
    await scrub().round();
    expect(await records.integrity(patientId)).toMatchObject({ files: 1, intact: 0, damaged: 1 });
    // The same file again heals it, and it is not called intact before it was read.
    await add('one.pdf');
    const { blobId } = await vault.put(patientId, once('the content of three.pdf'));
    expect(blobId).toBe(three);
    expect(await records.integrity(patientId)).toMatchObject({
      files: 2,
      intact: 0,
      damaged: 0,
      checkedAt: null,
    });
    await scrub().round();
    expect(await records.integrity(patientId)).toMatchObject({
      files: 2,
      intact: 2,
      checkedAt: clock.instant(),
    });
  });

  it('takes a file that is gone for damaged, tells it once, and finds the others all the same', async () => {
    const [one] = await add('one.pdf', 'two.pdf');
    unlinkSync(join(root, 'vault', patientId, one!));
    await scrub().round();
    clock.advance(31 * DAY_MS);
    await scrub().round();
    expect(await records.integrity(patientId)).toMatchObject({ intact: 1, damaged: 1 });
    expect(log).toHaveLength(1);
  });

  it('goes on after a restart with what it has not seen, and begins again when it is time', async () => {
    await add('one.pdf');
    await scrub().round();
    await add('two.pdf');
    expect(await scrub().round()).toBe(1);
    expect(await scrub().round()).toBe(0);
    clock.advance(31 * DAY_MS);
    expect(await scrub().round()).toBe(2);
  });

  it('holds nothing against files that it could not ask for', async () => {
    await add('one.pdf');
    const { scrub, opened } = build();
    // As an object store behind a cut line.
    opened.store.read = () => Promise.reject(new Problem('kernel.busy'));
    await expect(scrub.round()).rejects.toMatchObject({ code: 'kernel.busy' });
    expect(await records.integrity(patientId)).toMatchObject({ damaged: 0, checkedAt: null });
  });

  it('removes nothing that is damaged but a picture of ours, also where it is in the network drive alone', async () => {
    const { blobId } = await vault.put(patientId, once('what only the drive has'));
    flip(blobId);
    await scrub().round();
    expect(log).toMatchObject([{ msg: 'a stored file is damaged', blobId, itemIds: [] }]);
    expect(await database.dataSource.getRepository(Blob).findBy({ patientId })).toMatchObject([
      { id: blobId },
    ]);
    expect(readFileSync(join(root, 'vault', patientId, blobId)).length).toBeGreaterThan(0);
    const acts = await database.dataSource.getRepository(AuditEvent).findBy({ patientId });
    expect(acts).toMatchObject([{ action: 'record.damaged', outcome: 'failed', entities: [] }]);

    await add('one.pdf');
    const [item] = await records.list(patientId);
    await records.setThumbnail(patientId, item!.id, Buffer.from('a picture'));
    const picture = (await database.dataSource.getRepository(RecordItem).findOneByOrFail({ id: item!.id }))
      .thumbnailBlobId;
    flip(picture!);
    await scrub().round();
    expect(await database.dataSource.getRepository(Blob).countBy({ id: picture! })).toBe(0);
    expect(await records.thumbnail(patientId, item!.id)).toBeUndefined();
    expect(await records.integrity(patientId)).toMatchObject({ files: 1, intact: 1, damaged: 0 });
  });

  it('forgets the damage of an item that was removed', async () => {
    const [one] = await add('one.pdf');
    flip(one!);
    await scrub().round();
    const [item] = await records.list(patientId);
    await records.remove(patientId, item!.id, { kind: 'account', id: 'x', name: 'Jane' });
    await add('one.pdf');
    await scrub().round();
    expect(await records.integrity(patientId)).toMatchObject({ files: 1, intact: 1, damaged: 0, items: [] });
  });
});

import { readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Import, ImportsService, UploadServer } from '@vitrine/exchange';
import { Patient } from '@vitrine/identity';
import { delay } from '@vitrine/kernel';
import { RecordsService, type ItemView } from '@vitrine/records';
import { Blob, VaultService, VaultSweep } from '@vitrine/vault';
import { bytesOf, LoopDisk, StoringChild } from '@vitrine/vault/testing';
import { digestOf } from '../../testing/many-documents.js';
import { FIRST_PART_BYTES, type DriveAct, type Said } from '../../testing/said.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

jest.setTimeout(600_000);

const CHILD = resolve(import.meta.dirname, '../../testing/serve-until-killed.ts');
const SNAPSHOTS = 3;
/** Of the study that each export holds. */
const SLICES = 3;
const disk = LoopDisk.open();

/** The drive as it has to be, and the names of what was under way, about which nothing is promised. */
function expectedDrive(said: readonly Said[]): { tree: Map<string, string>; open: Set<string> } {
  const tree = new Map<string, string>();
  const open = new Set<string>();
  for (const line of said) {
    if (line.door !== 'drive') continue;
    const { act } = line;
    const [method, from, to] = act.what;
    const names = [from, ...(to === undefined ? [] : [to])];
    if (line.about === 'to') {
      names.forEach((name) => open.add(name));
      continue;
    }
    names.forEach((name) => open.delete(name));
    if (method === 'MKCOL') tree.set(from, 'folder');
    else if (method === 'PUT') tree.set(from, act.digest ?? '');
    else if (method === 'DELETE') tree.delete(from);
    else {
      tree.set(to ?? '', tree.get(from) ?? '');
      tree.delete(from);
    }
  }
  return { tree, open };
}

(disk === undefined ? describe.skip : describe)(
  'The portal, STOW-RS, the network drive and what ends while the power fails',
  () => {
    let child: StoringChild;
    const said = () => child.lines().map((line) => JSON.parse(line) as Said);

    beforeAll(() => {
      child = StoringChild.start(CHILD, disk?.folder ?? '');
    });
    afterAll(async () => {
      await child.kill();
      disk?.close();
    });

    it('lose nothing that was acknowledged, and show nothing by half', async () => {
      for (let turn = 1; turn <= SNAPSHOTS; turn++) {
        const [uploads, acts] = [turn * 4, turn * 15];
        await child.until(
          () =>
            child.count('{"door":"upload"') >= uploads &&
            child.count('{"door":"drive"') >= acts &&
            child.count('{"door":"stow"') >= turn &&
            child.count('{"door":"deposit","about":"accepted"') >= turn &&
            child.count('{"door":"life","about":"imported"') >= turn,
        );
        await disk?.afterPowerCut(child.process, said, ({ folder }, promised) => check(folder, promised));
      }
    });

    it('lose nothing when the process is killed', async () => {
      await child.kill();
      await check(disk?.folder ?? '', said());
    });

    async function check(folder: string, promised: readonly Said[]): Promise<void> {
      const whole = await wholeApp({ folder: join(folder, 'whole') });
      try {
        await whole.app.listen(0, '127.0.0.1');
        const [opened] = promised;
        if (opened?.door !== 'open') throw new Error('it did not begin');
        await checkDrive(whole, opened.password, promised);
        await checkUploads(whole, opened, promised);
        await checkStored(whole, opened.patientId, promised);
        await checkDeposits(whole, opened.patientId, promised);
        await checkLives(whole, promised);
        await checkRows(whole, join(folder, 'whole/data'));
      } finally {
        await whole.app.close();
      }
    }

    async function checkDrive(whole: WholeApp, password: string, promised: readonly Said[]): Promise<void> {
      const origin = `http://127.0.0.1:${(whole.app.getHttpServer().address() as AddressInfo).port}`;
      const authorization = `Basic ${Buffer.from(`x:${password}`).toString('base64')}`;
      const ask = (method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
        fetch(`${origin}/dav/Drive/${path}`, { method, headers: { authorization, ...headers } });
      const { tree, open } = expectedDrive(promised);
      for (const [path, content] of tree) {
        if (open.has(path)) continue;
        const answer =
          content === 'folder' ? await ask('PROPFIND', `${path}/`, { depth: '0' }) : await ask('GET', path);
        const bytes = Buffer.from(await answer.arrayBuffer());
        if (content === 'folder') expect([path, answer.status]).toEqual([path, 207]);
        else expect([path, answer.status, digestOf(bytes)]).toEqual([path, 200, content]);
      }
      const acts = promised.flatMap((line) =>
        line.door === 'drive' && line.about === 'done' ? [line.act] : [],
      );
      const gone = acts.filter(({ what: [method] }: DriveAct) => method === 'DELETE' || method === 'MOVE');
      for (const { what } of gone)
        if (!open.has(what[1])) expect((await ask('GET', what[1])).status).toBe(404);
    }

    async function checkUploads(
      whole: WholeApp,
      { accountId, patientId }: Extract<Said, { door: 'open' }>,
      promised: readonly Said[],
    ): Promise<void> {
      const imports = whole.app.get(ImportsService, { strict: false });
      const lines = promised.flatMap((line) => (line.door === 'upload' ? [line] : []));
      const dates = new Map<string, string | null>();
      const http = await tusServer(whole, accountId);
      for (const line of lines)
        if (line.state === 'partial') {
          // Gone on from where it was acknowledged, the file is whole.
          const bytes = Buffer.from(line.bytes, 'base64');
          expect(await http.offset(line.path)).toBe(FIRST_PART_BYTES);
          expect(await http.patch(line.path, FIRST_PART_BYTES, bytes.subarray(FIRST_PART_BYTES))).toBe(204);
          dates.set(digestOf(bytes), line.takenOn);
        } else dates.set(line.digest, line.takenOn);
      for (const importId of new Set(lines.map((line) => line.importId))) {
        // Asking again changes nothing where it was finished before; what was finished is taken up by the start.
        const isFinished = lines.some((line) => line.importId === importId && line.state === 'finished');
        if (!isFinished) await imports.finish(accountId, importId);
        for (;;) {
          const { state } = await imports.get(accountId, importId);
          expect([importId, state]).not.toEqual([importId, 'failed']);
          expect([isFinished, state]).not.toEqual([true, 'receiving']);
          if (state === 'done') break;
          await delay(50);
        }
      }
      http.close();
      const there = new Map(
        (await recordOf(whole, patientId)).map(({ digest, item }) => [digest, item.takenOn] as const),
      );
      // What was read of it came in with it.
      expect([...dates].filter(([digest, takenOn]) => there.get(digest) !== takenOn)).toEqual([]);
    }

    /** What was stored by STOW-RS is in the record, since the patient's own program did it. */
    async function checkStored(whole: WholeApp, patientId: string, promised: readonly Said[]): Promise<void> {
      const digests = promised.flatMap((line) => (line.door === 'stow' ? line.digests : []));
      const files = await recordOf(whole, patientId);
      const kept = new Set(files.filter(({ item }) => item.state === 'kept').map(({ digest }) => digest));
      expect(digests.filter((digest) => !kept.has(digest))).toEqual([]);
    }

    /** What a provider brought waits, or was said yes to, but is there. */
    async function checkDeposits(
      whole: WholeApp,
      patientId: string,
      promised: readonly Said[],
    ): Promise<void> {
      const lines = promised.flatMap((line) => (line.door === 'deposit' ? [line] : []));
      const imports = whole.app.get(DataSource).getRepository(Import);
      while (await imports.existsBy({ patientId, state: 'examining' })) await delay(50);
      const there = new Map(
        (await recordOf(whole, patientId)).map(({ digest, item }) => [digest, item.state] as const),
      );
      for (const { importId, digest, about } of lines) {
        const { state } = await imports.findOneByOrFail({ id: importId });
        expect([importId, state]).toEqual([importId, 'done']);
        expect([digest, there.has(digest)]).toEqual([digest, true]);
        if (about === 'accepted') expect([digest, there.get(digest)]).toEqual([digest, 'kept']);
      }
    }

    /** What was removed is gone with its bytes; what was being removed is there whole, or gone. */
    async function checkLives(whole: WholeApp, promised: readonly Said[]): Promise<void> {
      const lives = promised.flatMap((line) => (line.door === 'life' ? [line] : []));
      const patients = whole.app.get(DataSource).getRepository(Patient);
      for (const { patientId, digests } of lives.filter(({ about }) => about === 'sent')) {
        const own = lives.filter((line) => line.patientId === patientId);
        const said = (about: (typeof own)[number]['about']) => own.find((line) => line.about === about);
        const isThere = await patients.existsBy({ id: patientId });
        if (said('left')) expect([patientId, isThere]).toEqual([patientId, false]);
        if (!said('to-leave')) expect([patientId, isThere]).toEqual([patientId, true]);
        if (!isThere) {
          expect(await tablesNaming(whole, patientId)).toEqual(['audit_event']);
          continue;
        }
        const imports = whole.app.get(DataSource).getRepository(Import);
        while (await imports.existsBy({ patientId, state: 'examining' })) await delay(50);
        const files = await recordOf(whole, patientId);
        if (await imports.existsBy({ patientId, state: 'failed' })) {
          expect([patientId, files]).toEqual([patientId, []]);
          continue;
        }
        const removed = said('to-remove');
        const isGone = removed !== undefined && !files.some(({ item }) => item.id === removed.itemId);
        if (said('removed')) expect(isGone).toBe(true);
        const rest = digests.filter((digest) => files.some((file) => file.digest === digest));
        expect([patientId, rest.length]).toEqual([
          patientId,
          isGone ? digests.length - SLICES : digests.length,
        ]);
      }
    }

    /** Every row of a stored file has its file, every file its row, and all of the record opens. */
    async function checkRows(whole: WholeApp, dataDir: string): Promise<void> {
      const database = whole.app.get(DataSource);
      for (const { id } of await database.getRepository(Patient).find()) await recordOf(whole, id);
      const rows = (await database.getRepository(Blob).find()).map(
        ({ id, patientId }) => `${patientId}/${id}`,
      );
      await whole.app.get(VaultSweep, { strict: false }).settled();
      const vault = join(dataDir, 'vault');
      const files = readdirSync(vault).flatMap((patientId) =>
        readdirSync(join(vault, patientId)).map((name) => `${patientId}/${name}`),
      );
      expect(files.sort()).toEqual(rows.sort());
    }
  },
);

/** All files of a record, opened to the end. */
async function recordOf(whole: WholeApp, patientId: string) {
  const vault = whole.app.get(VaultService, { strict: false });
  const records = whole.app.get(RecordsService, { strict: false });
  const found: { digest: string; item: ItemView }[] = [];
  for (const item of await records.list(patientId))
    for (const { blobId } of (await records.withFiles(patientId, item.id)).files)
      found.push({ digest: digestOf(await bytesOf(await vault.open(patientId, blobId))), item });
  return found;
}

/** The tables in which rows of this patient are left. */
async function tablesNaming(whole: WholeApp, patientId: string): Promise<string[]> {
  const database = whole.app.get(DataSource);
  const tables: string[] = [];
  for (const { target, tableName, columns } of database.entityMetadatas)
    if (columns.some(({ propertyName }) => propertyName === 'patientId'))
      if (await database.getRepository(target).existsBy({ patientId })) tables.push(tableName);
  return tables;
}

/** The tus server for requests of an account, past the sign-in. */
async function tusServer(whole: WholeApp, accountId: string) {
  const { createServer } = await import('node:http');
  const uploads = whole.app.get(UploadServer, { strict: false });
  const server = createServer((request, response) => void uploads.handle(accountId, request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (path: string, method: string, headers: Readonly<Record<string, string>>, body?: Buffer) =>
    fetch(`${origin}${path}`, {
      method,
      headers: { 'Tus-Resumable': '1.0.0', ...headers },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
  return {
    offset: async (path: string) => Number((await ask(path, 'HEAD', {})).headers.get('upload-offset')),
    patch: async (path: string, offset: number, bytes: Buffer) =>
      (
        await ask(
          path,
          'PATCH',
          { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
          bytes,
        )
      ).status,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

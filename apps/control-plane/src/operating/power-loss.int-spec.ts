import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ImportsService, UploadServer } from '@vitrine/exchange';
import { delay } from '@vitrine/kernel';
import { RecordFile, RecordsService } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';
import { bytesOf, LoopDisk, StoringChild } from '@vitrine/vault/testing';
import { FIRST_PART_BYTES, type DriveAct, type Said } from '../../testing/said.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

jest.setTimeout(600_000);

const CHILD = resolve(import.meta.dirname, '../../testing/serve-until-killed.ts');
const SNAPSHOTS = 3;
const disk = LoopDisk.open();

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

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
  'The portal and the network drive while the power fails',
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
          () => child.count('{"door":"upload"') >= uploads && child.count('{"door":"drive"') >= acts,
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
        // No row without its bytes.
        const vault = whole.app.get(VaultService, { strict: false });
        for (const { patientId, blobId } of await whole.app.get(DataSource).getRepository(RecordFile).find())
          await bytesOf(await vault.open(patientId, blobId));
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
      const digests = new Set<string>();
      const http = await tusServer(whole, accountId);
      for (const line of lines)
        if (line.state === 'partial') {
          // Gone on from where it was acknowledged, the file is whole.
          const bytes = Buffer.from(line.bytes, 'base64');
          expect(await http.offset(line.path)).toBe(FIRST_PART_BYTES);
          expect(await http.patch(line.path, FIRST_PART_BYTES, bytes.subarray(FIRST_PART_BYTES))).toBe(204);
          digests.add(digestOf(bytes));
        } else digests.add(line.digest);
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
      const vault = whole.app.get(VaultService, { strict: false });
      const records = whole.app.get(RecordsService, { strict: false });
      const there = new Set<string>();
      for (const item of await records.list(patientId))
        for (const { blobId } of (await records.withFiles(patientId, item.id)).files)
          there.add(digestOf(await bytesOf(await vault.open(patientId, blobId))));
      expect([...digests].filter((digest) => !there.has(digest))).toEqual([]);
    }
  },
);

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

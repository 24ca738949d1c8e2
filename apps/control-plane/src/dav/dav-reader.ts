import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ProgramActs, type KnownProgram } from '@vitrine/delegation';
import { DriveNotes, etagOf, type Known, type PlacedLock } from '@vitrine/drive';
import { Clock, Problem } from '@vitrine/kernel';
import { VaultService } from '@vitrine/vault';
import {
  MULTISTATUS_END,
  MULTISTATUS_START,
  MULTISTATUS_TYPE,
  readDepth,
  readPropfind,
  responseElement,
  type ShownLock,
} from '@vitrine/webdav';
import { send } from '../dicomweb/send-parts.js';
import { requestedRange, sendRange } from '../records/send-range.js';
import { bodyOf, davHref, DRIVE, RECORD, type DavPath } from './dav-request.js';
import { readOnlyResource, type DavResource } from './dav-resource.js';
import { asksForQuota, propstatsOf } from './live-properties.js';
import { RecordFolder, type RecordFolderEntry } from './record-folder.js';

const BEGINNING = new Date(0).toISOString();
const HELLO =
  'This is a network drive of Vitrine. Open this address as a folder, in the file manager of your computer.\n';

/** GET, HEAD and PROPFIND over both folders. */
@Injectable()
export class DavReader {
  constructor(
    private readonly notes: DriveNotes,
    private readonly record: RecordFolder,
    private readonly vault: VaultService,
    private readonly acts: ProgramActs,
    private readonly clock: Clock,
  ) {}

  async get(
    program: KnownProgram,
    { area, rest }: DavPath,
    request: Request,
    response: Response,
  ): Promise<void> {
    const { id: patientId } = program.patient;
    if (area === 'top') {
      hello(response);
      return;
    }
    if (area === RECORD) {
      const { file, at } = (await this.record.look(patientId, rest)).self;
      if (file === undefined) {
        hello(response);
        return;
      }
      if (request.method === 'GET')
        await this.acts.note(program, 'record.read', [{ kind: 'item', id: file.itemId }]);
      return this.sendFile(patientId, { ...file, etag: `"${file.blobId}"`, at }, request, response);
    }
    const { blobId, bytes, modifiedAt, version } = await this.notes.find(patientId, rest);
    if (blobId === null) {
      hello(response);
      return;
    }
    if (request.method === 'GET') await this.acts.note(program, 'drive.read');
    return this.sendFile(
      patientId,
      { blobId, bytes, etag: etagOf({ version }), at: modifiedAt },
      request,
      response,
    );
  }

  /** RFC 4918 §9.1. A listing of everything below is refused (§9.1, `propfind-finite-depth`). */
  async propfind(program: KnownProgram, path: DavPath, request: Request, response: Response): Promise<void> {
    const query = readPropfind(await bodyOf(request));
    const depth = readDepth(request.headers['depth']?.toString(), 'infinity');
    if (depth === 'infinity') throw new Problem('drive.too-deep');
    const { id: patientId } = program.patient;
    const found = await this.list(patientId, path, depth === '1');
    const quota = asksForQuota(query)
      ? { used: await this.vault.usage(patientId), available: await this.vault.roomFor(patientId) }
      : { used: 0, available: 0 };
    response.status(207).set('Content-Type', MULTISTATUS_TYPE);
    // eslint-disable-next-line @typescript-eslint/require-await
    const answer = async function* () {
      yield Buffer.from(MULTISTATUS_START);
      for (const one of found)
        yield Buffer.from(responseElement(davHref(one.path, one.isFolder), propstatsOf(one, query, quota)));
      yield Buffer.from(MULTISTATUS_END);
    };
    await send(response, answer());
  }

  shown({ lock, path }: PlacedLock): ShownLock {
    const { token, scope, depth, owner, expiresAt } = lock;
    const ms = new Date(expiresAt).getTime() - this.clock.now().getTime();
    return {
      token,
      scope,
      depth,
      owner,
      secondsLeft: Math.max(0, Math.ceil(ms / 1000)),
      root: davHref([DRIVE, ...path], false),
    };
  }

  private async list(patientId: string, { area, rest }: DavPath, children: boolean): Promise<DavResource[]> {
    if (area === 'top')
      return [
        readOnlyResource([], { at: BEGINNING }),
        ...(children
          ? [
              ...(await this.list(patientId, { area: DRIVE, rest: [] }, false)),
              readOnlyResource([RECORD], { at: BEGINNING }),
            ]
          : []),
      ];
    if (area === RECORD) {
      const found = await this.record.look(patientId, rest);
      const path = [RECORD, ...rest];
      return [
        recordResource(path, found.self),
        ...(children ? found.children.map((child) => recordResource([...path, child.name], child)) : []),
      ];
    }
    const found = await this.notes.look(patientId, rest, { children });
    const path = [DRIVE, ...rest];
    return [
      this.driveResource(path, found.self),
      ...found.children.map((child) => this.driveResource([...path, child.node.name], child)),
    ];
  }

  private driveResource(path: readonly string[], { node, properties, locks }: Known): DavResource {
    const isFolder = node.blobId === null;
    return {
      path,
      isFolder,
      bytes: node.bytes,
      etag: isFolder ? undefined : etagOf(node),
      createdAt: node.createdAt,
      modifiedAt: node.modifiedAt,
      properties,
      locks: locks.map((lock) => this.shown(lock)),
      isWritable: true,
    };
  }

  private async sendFile(
    patientId: string,
    file: { readonly blobId: string; readonly bytes: number; readonly etag: string; readonly at: string },
    request: Request,
    response: Response,
  ): Promise<void> {
    const { blobId, bytes, etag, at } = file;
    response.set({ ETag: etag, 'Last-Modified': new Date(at).toUTCString() });
    // Not Express's own answer to that: it says no to whoever also asks caches to look again.
    const known = request.headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, ''));
    if (known?.includes(etag) === true) {
      response.status(304).end();
      return;
    }
    const open = (range: { start: number; end: number }) => this.vault.open(patientId, blobId, range);
    const read = async function* (range: { start: number; end: number }) {
      if (range.end > range.start) yield* (await open(range)) as AsyncIterable<Uint8Array>;
    };
    const content = { bytes, etag, read };
    await sendRange(request, response, content, requestedRange(request, content), {
      type: 'application/octet-stream',
      attachment: 'file',
    });
  }
}

function hello(response: Response): void {
  response.type('text/plain').send(HELLO);
}

const recordResource = (path: readonly string[], { file, at }: RecordFolderEntry): DavResource =>
  readOnlyResource(
    path,
    file === undefined ? { at } : { at, isFolder: false, bytes: file.bytes, etag: `"${file.blobId}"` },
  );

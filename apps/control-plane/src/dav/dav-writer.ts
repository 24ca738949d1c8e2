import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { KnownProgram } from '@vitrine/delegation';
import { DriveNotes, DriveService, etagOf, type DriveRequest } from '@vitrine/drive';
import { Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import {
  emptyElement,
  lockAnswer,
  MULTISTATUS_END,
  MULTISTATUS_START,
  MULTISTATUS_TYPE,
  readDepth,
  readLockinfo,
  readLockToken,
  readOverwrite,
  readProppatch,
  readTimeout,
  responseElement,
  WebdavSyntaxError,
} from '@vitrine/webdav';
import { DavReader } from './dav-reader.js';
import { bodyOf, conditionsOf, davHref, destinationOf, DRIVE, hasBody, hostsOf } from './dav-request.js';
import { isLive } from './live-properties.js';

/** A program that goes away leaves its locks; after so long others can go on. */
const LONGEST_LOCK_SECONDS = 3600;

/** Everything that changes the patient's own folder. */
@Injectable()
export class DavWriter {
  constructor(
    private readonly drive: DriveService,
    private readonly notes: DriveNotes,
    private readonly reader: DavReader,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The method's own work; `undefined` for methods that change nothing or are not known. */
  handlerOf(method: string): Handler | undefined {
    return this.handlers[method];
  }

  driveRequest(program: KnownProgram, path: readonly string[], request: Request): DriveRequest {
    const hosts = hostsOf(request, this.settings.publicUrl);
    return { patientId: program.patient.id, path, conditions: conditionsOf(request, hosts) };
  }

  private readonly handlers: Readonly<Record<string, Handler>> = {
    PUT: async (on, request, response) => {
      // A part of a file must not become the whole of it (RFC 9110 §14.5).
      if (request.headers['content-range'] !== undefined || request.headers['content-encoding'] !== undefined)
        throw new WebdavSyntaxError();
      const announced = Number(request.headers['content-length'] ?? 0);
      const { created, node } = await this.drive.put(
        on,
        request as AsyncIterable<Uint8Array>,
        Number.isSafeInteger(announced) ? announced : 0,
      );
      response
        .status(created ? 201 : 204)
        .set('ETag', etagOf(node))
        .end();
    },
    MKCOL: async (on, request, response) => {
      if (hasBody(request)) throw new Problem('drive.body-refused');
      await this.drive.makeFolder(on);
      response.status(201).end();
    },
    DELETE: async (on, _request, response) => {
      await this.drive.remove(on);
      response.status(204).end();
    },
    COPY: async (on, request, response) => {
      const depth = readDepth(request.headers['depth']?.toString(), 'infinity');
      if (depth === '1') throw new WebdavSyntaxError();
      const { created } = await this.drive.copy(on, this.target(request), { shallow: depth === '0' });
      response.status(created ? 201 : 204).end();
    },
    MOVE: async (on, request, response) => {
      const { created } = await this.drive.move(on, this.target(request));
      response.status(created ? 201 : 204).end();
    },
    PROPPATCH: async (on, request, response) => {
      const changes = readProppatch(await bodyOf(request));
      const refused = changes.filter(isLive);
      if (refused.length === 0) await this.notes.edit(on, changes);
      // All or nothing (RFC 4918 §9.2): what is refused fails the rest.
      const statusOf = (isRefused: boolean) => (isRefused ? 403 : refused.length > 0 ? 424 : 200);
      const propstats = [true, false].flatMap((isRefused) => {
        const properties = changes
          .filter((change) => isLive(change) === isRefused)
          .map(({ namespace, name }) => emptyElement({ namespace, name }));
        const condition = isRefused ? { condition: 'cannot-modify-protected-property' } : {};
        return properties.length === 0 ? [] : [{ status: statusOf(isRefused), properties, ...condition }];
      });
      response
        .status(207)
        .set('Content-Type', MULTISTATUS_TYPE)
        .send(
          MULTISTATUS_START +
            responseElement(davHref([DRIVE, ...on.path], request.originalUrl.endsWith('/')), propstats) +
            MULTISTATUS_END,
        );
    },
    LOCK: async (on, request, response) => {
      const seconds = readTimeout(request.headers['timeout']?.toString(), LONGEST_LOCK_SECONDS);
      const depth = readDepth(request.headers['depth']?.toString(), 'infinity');
      if (depth === '1') throw new WebdavSyntaxError();
      const body = await bodyOf(request);
      response.set('Content-Type', MULTISTATUS_TYPE);
      if (body === '') {
        const locks = await this.notes.refresh(on, seconds);
        response.send(lockAnswer(locks.map((lock) => this.reader.shown(lock))));
        return;
      }
      const demand = readLockinfo(body);
      const { created } = await this.drive.reserve(on);
      const placed = await this.notes.lock(created ? withoutConditions(on) : on, {
        ...demand,
        depth,
        seconds,
      });
      response
        .status(created ? 201 : 200)
        .set('Lock-Token', `<${placed.lock.token}>`)
        .send(lockAnswer([this.reader.shown(placed)]));
    },
    UNLOCK: async (on, request, response) => {
      await this.notes.unlock(on, readLockToken(request.headers['lock-token']?.toString()));
      response.status(204).end();
    },
  };

  private target(request: Request) {
    const hosts = hostsOf(request, this.settings.publicUrl);
    return {
      path: destinationOf(request, hosts),
      overwrite: readOverwrite(request.headers['overwrite']?.toString()),
    };
  }
}

type Handler = (on: DriveRequest, request: Request, response: Response) => Promise<void>;

/** They were about the place as it was before the name was reserved. */
const withoutConditions = ({ patientId, path }: DriveRequest): DriveRequest => ({
  patientId,
  path,
  conditions: { lists: [], ifMatch: undefined, ifNoneMatch: undefined },
});

import { All, Controller, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ProgramActs, type KnownProgram } from '@vitrine/delegation';
import { Problem } from '@vitrine/kernel';
import { MULTISTATUS_TYPE, WebdavSyntaxError } from '@vitrine/webdav';
import { CurrentProgram, Drive, WithoutRequestHeader } from '../http/index.js';
import { davErrorBody } from './dav-errors.js';
import { DavReader } from './dav-reader.js';
import { DAV_PREFIX, DRIVE, pathOf, type DavPath } from './dav-request.js';
import { DavWriter } from './dav-writer.js';

const READING = ['OPTIONS', 'GET', 'HEAD', 'PROPFIND'];
const ALL = [...READING, 'PUT', 'DELETE', 'MKCOL', 'COPY', 'MOVE', 'PROPPATCH', 'LOCK', 'UNLOCK'];

/** The network drive: WebDAV class 1 and 2 (RFC 4918) for who shows an app password. */
@ApiExcludeController()
@Drive()
@WithoutRequestHeader()
@Controller(DAV_PREFIX)
export class DavController {
  constructor(
    private readonly reader: DavReader,
    private readonly writer: DavWriter,
    private readonly acts: ProgramActs,
  ) {}

  @All(['', '*path'])
  async serve(
    @CurrentProgram() program: KnownProgram,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    try {
      await this.answer(program, pathOf(request.originalUrl), request, response);
    } catch (error) {
      if (error instanceof WebdavSyntaxError) throw new Problem('kernel.invalid', { cause: error });
      const body = error instanceof Problem ? davErrorBody(error, request.method) : undefined;
      if (body === undefined) throw error;
      response
        .status(Problem.from(error).row.http)
        .set({ 'Content-Type': MULTISTATUS_TYPE, 'Cache-Control': 'no-store' })
        .send(body);
    }
  }

  private async answer(
    program: KnownProgram,
    path: DavPath,
    request: Request,
    response: Response,
  ): Promise<void> {
    const { method } = request;
    const allowed = path.area === DRIVE ? ALL : READING;
    response.set({ DAV: '1, 2', 'MS-Author-Via': 'DAV', Allow: allowed.join(', ') });
    switch (method) {
      case 'OPTIONS':
        response.status(200).end();
        return;
      case 'GET':
      case 'HEAD':
        return this.reader.get(program, path, request, response);
      case 'PROPFIND':
        return this.reader.propfind(program, path, request, response);
    }
    const handler = this.writer.handlerOf(method);
    if (handler === undefined) throw new Problem('drive.not-possible');
    if (path.area !== DRIVE) throw new Problem('drive.read-only');
    if (program.token.scope !== 'drive-write') throw new Problem('drive.look-only');
    await this.acts.note(program, 'drive.changed');
    await handler(this.writer.driveRequest(program, path.rest, request), request, response);
  }
}

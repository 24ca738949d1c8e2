import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { KnownProgram } from '@vitrine/delegation';
import { isUid } from '@vitrine/dicom';
import { InstanceStore } from '@vitrine/exchange';
import { Problem } from '@vitrine/kernel';
import { CurrentProgram, Program, WithoutRequestHeader } from '../http/index.js';
import { acceptsJson, sendJson } from './dicom-json.js';
import { DicomwebUrls, DICOMWEB_PREFIX } from './dicomweb-urls.js';
import { mediaTypeOf } from './media-types.js';
import { readParts, type Part } from './multipart-reader.js';
import { storeAnswer } from './store-response.js';

/** STOW-RS (PS3.18 §10.5): a program puts instances in. */
@ApiExcludeController()
@Program('deposit')
@WithoutRequestHeader()
@Controller(`${DICOMWEB_PREFIX}/studies`)
export class StoreController {
  constructor(
    private readonly instances: InstanceStore,
    private readonly urls: DicomwebUrls,
  ) {}

  @Post(['', ':study'])
  async store(
    @CurrentProgram() program: KnownProgram,
    @Param('study') studyInstanceUid: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (studyInstanceUid !== undefined && !isUid(studyInstanceUid)) throw new Problem('kernel.invalid');
    acceptsJson(request);
    const boundary = boundaryOf(request);
    const announced = Number(request.headers['content-length'] ?? 0);
    const stored = await this.instances.store(program, bodiesOf(readParts(request, boundary)), {
      studyInstanceUid,
      announcedBytes: Number.isSafeInteger(announced) ? announced : 0,
    });
    // Who may only put things in cannot fetch them, so for deposits of others no addresses are told.
    const { status, body } = storeAnswer(
      stored,
      program.token.depositCodeId === null ? this.urls : undefined,
    );
    sendJson(response.status(status), body);
  }
}

/** Only DICOM files are taken: metadata with bulk data apart (PS3.18 §10.5.1.2) would have to be put together first. */
function boundaryOf(request: Request): string {
  const type = mediaTypeOf(request.headers['content-type']);
  const root = type?.parameters.get('type')?.toLowerCase() ?? 'application/dicom';
  if (type?.name !== 'multipart/related' || root !== 'application/dicom')
    throw new Problem('exchange.not-dicom');
  if (request.headers['content-encoding'] !== undefined) throw new Problem('exchange.not-dicom');
  const boundary = type.parameters.get('boundary');
  if (boundary === undefined) throw new Problem('kernel.invalid');
  return boundary;
}

async function* bodiesOf(parts: AsyncIterable<Part>): AsyncGenerator<AsyncIterable<Uint8Array>> {
  for await (const { headers, body } of parts) {
    const name = mediaTypeOf(headers.get('content-type'))?.name ?? 'application/dicom';
    const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? 'binary';
    if (name !== 'application/dicom' || encoding === 'base64' || encoding === 'quoted-printable')
      throw new Problem('exchange.not-dicom');
    yield body;
  }
}

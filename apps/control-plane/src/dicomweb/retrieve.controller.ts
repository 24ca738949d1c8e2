import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { KnownProgram } from '@vitrine/delegation';
import { InstanceReader } from '@vitrine/exchange';
import { Problem } from '@vitrine/kernel';
import type { KeptInstance } from '@vitrine/records';
import { CurrentProgram, Program } from '../http/index.js';
import { acceptOf, acceptsJson } from './dicom-json.js';
import { DicomwebUrls, DICOMWEB_PREFIX } from './dicomweb-urls.js';
import { INSTANCE_PATH, ProgramReads, SERIES_PATH, type InstancePath } from './program-reads.js';
import { frameForm, instanceForm } from './retrieve-accept.js';
import { send, sendParts } from './send-parts.js';

const MOST_FRAMES = 10_000;

/** WADO-RS (PS3.18 §10.4): a program fetches what the patient keeps. */
@ApiExcludeController()
@Program('read')
@Controller(DICOMWEB_PREFIX)
export class RetrieveController {
  constructor(
    private readonly reads: ProgramReads,
    private readonly reader: InstanceReader,
    private readonly urls: DicomwebUrls,
  ) {}

  @Get(['studies/:study', SERIES_PATH, INSTANCE_PATH])
  async instances(
    @CurrentProgram() program: KnownProgram,
    @Param() path: InstancePath,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const found = await this.reads.find(program, path);
    const syntaxes = found.map(({ file }) => file.transferSyntaxUid ?? '');
    const form = instanceForm(acceptOf(request), syntaxes);
    await this.reads.note(program, found);
    if (form === 'single') response.set('Content-Length', String(found[0]?.file.bytes));
    await sendParts(
      response,
      form,
      found.map((one) => ({
        type: 'application/dicom',
        transferSyntaxUid: one.file.transferSyntaxUid ?? '',
        location: this.urlOf(one),
        content: this.reader.content(one),
      })),
    );
  }

  @Get(['studies/:study/metadata', `${SERIES_PATH}/metadata`, `${INSTANCE_PATH}/metadata`])
  async metadata(
    @CurrentProgram() program: KnownProgram,
    @Param() path: InstancePath,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    acceptsJson(request);
    const found = await this.reads.find(program, path);
    await this.reads.note(program, found);
    response.set({ 'Content-Type': 'application/dicom+json', 'X-Content-Type-Options': 'nosniff' });
    await send(response, this.dataSets(found));
  }

  @Get(`${INSTANCE_PATH}/frames/:frames`)
  async frames(
    @CurrentProgram() program: KnownProgram,
    @Param() path: InstancePath & { readonly frames: string },
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const numbers = path.frames.split(',').map((text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0));
    if (numbers.includes(0) || numbers.length > MOST_FRAMES) throw new Problem('kernel.invalid');
    await this.sendFrames(program, path, numbers, request, response);
  }

  /** Values that the metadata tells as addresses; of compressed pixels, every frame is a part. */
  @Get(`${INSTANCE_PATH}/bulkdata/:bulk`)
  async bulkData(
    @CurrentProgram() program: KnownProgram,
    @Param() path: InstancePath & { readonly bulk: string },
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (!/^[0-9A-F]{8}(\.\d{1,6}\.[0-9A-F]{8}){0,64}$/.test(path.bulk)) throw new Problem('kernel.invalid');
    const one = await this.reads.findOne(program, path);
    if (path.bulk === '7FE00010' && isCompressed(one)) {
      await this.sendFrames(program, path, 'all', request, response);
      return;
    }
    const content = await this.reader.bulkData(one, path.bulk);
    const { form, type } = frameForm(acceptOf(request), '1.2.840.10008.1.2.1', 1);
    await this.reads.note(program, [one]);
    await sendParts(response, form, [
      { type, content, location: `${this.urlOf(one)}/bulkdata/${path.bulk}` },
    ]);
  }

  private async sendFrames(
    program: KnownProgram,
    path: InstancePath,
    numbers: readonly number[] | 'all',
    request: Request,
    response: Response,
  ): Promise<void> {
    const one = await this.reads.findOne(program, path);
    const { frames, transferSyntaxUid, compressed } = await this.reader.frames(one, numbers);
    const { form, type } = frameForm(acceptOf(request), transferSyntaxUid, frames.length);
    await this.reads.note(program, [one]);
    await sendParts(
      response,
      form,
      frames.map((content, index) => ({
        type,
        content,
        ...(compressed ? { transferSyntaxUid } : {}),
        location: `${this.urlOf(one)}/frames/${numbers === 'all' ? index + 1 : (numbers[index] ?? 0)}`,
      })),
    );
  }

  private async *dataSets(found: readonly KeptInstance[]): AsyncGenerator<Uint8Array> {
    let before = '[';
    for (const one of found) {
      const json = await this.reader.metadata(one, `${this.urlOf(one)}/bulkdata/`);
      yield Buffer.from(before);
      yield json;
      before = ',';
    }
    yield Buffer.from(']');
  }

  private urlOf({ studyInstanceUid, file }: KeptInstance): string {
    return this.urls.instance(studyInstanceUid, file.seriesInstanceUid ?? '', file.sopInstanceUid ?? '');
  }
}

/** Everything but the four native syntaxes (PS3.5 §A.1, A.2, A.3, A.5). */
const isCompressed = ({ file }: KeptInstance): boolean =>
  !/^1\.2\.840\.10008\.1\.2(\.1|\.2|\.1\.99)?$/.test(file.transferSyntaxUid ?? '');

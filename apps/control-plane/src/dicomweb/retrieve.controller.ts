import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ProgramActs, type KnownProgram } from '@vitrine/delegation';
import { isUid } from '@vitrine/dicom';
import { InstanceReader } from '@vitrine/exchange';
import { Problem } from '@vitrine/kernel';
import { ImageIndex, type KeptInstance } from '@vitrine/records';
import { CurrentProgram, Program } from '../http/index.js';
import { acceptOf, acceptsJson } from './dicom-json.js';
import { DicomwebUrls, DICOMWEB_PREFIX } from './dicomweb-urls.js';
import { frameForm, instanceForm } from './retrieve-accept.js';
import { send, sendParts } from './send-parts.js';

interface Path {
  readonly study?: string;
  readonly series?: string;
  readonly instance?: string;
}

const INSTANCE = 'studies/:study/series/:series/instances/:instance';
const MOST_FRAMES = 10_000;

/** WADO-RS (PS3.18 §10.4): a program fetches what the patient keeps. */
@ApiExcludeController()
@Program('read')
@Controller(DICOMWEB_PREFIX)
export class RetrieveController {
  constructor(
    private readonly images: ImageIndex,
    private readonly reader: InstanceReader,
    private readonly acts: ProgramActs,
    private readonly urls: DicomwebUrls,
  ) {}

  @Get(['studies/:study', 'studies/:study/series/:series', INSTANCE])
  async instances(
    @CurrentProgram() program: KnownProgram,
    @Param() path: Path,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const found = await this.find(program, path);
    const syntaxes = found.map(({ file }) => file.transferSyntaxUid ?? '');
    const form = instanceForm(acceptOf(request), syntaxes);
    await this.note(program, found);
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

  @Get(['studies/:study/metadata', 'studies/:study/series/:series/metadata', `${INSTANCE}/metadata`])
  async metadata(
    @CurrentProgram() program: KnownProgram,
    @Param() path: Path,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    acceptsJson(request);
    const found = await this.find(program, path);
    await this.note(program, found);
    response.set({ 'Content-Type': 'application/dicom+json', 'X-Content-Type-Options': 'nosniff' });
    await send(response, this.dataSets(found));
  }

  @Get(`${INSTANCE}/frames/:frames`)
  async frames(
    @CurrentProgram() program: KnownProgram,
    @Param() path: Path & { readonly frames: string },
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const numbers = path.frames.split(',').map((text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0));
    if (numbers.includes(0) || numbers.length > MOST_FRAMES) throw new Problem('kernel.invalid');
    await this.sendFrames(program, path, numbers, request, response);
  }

  /** Values that the metadata tells as addresses; of compressed pixels, every frame is a part. */
  @Get(`${INSTANCE}/bulkdata/:bulk`)
  async bulkData(
    @CurrentProgram() program: KnownProgram,
    @Param() path: Path & { readonly bulk: string },
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (!/^[0-9A-F]{8}(\.\d{1,6}\.[0-9A-F]{8}){0,64}$/.test(path.bulk)) throw new Problem('kernel.invalid');
    const one = await this.findOne(program, path);
    if (path.bulk === '7FE00010' && isCompressed(one)) {
      await this.sendFrames(program, path, 'all', request, response);
      return;
    }
    const content = await this.reader.bulkData(one, path.bulk);
    const { form, type } = frameForm(acceptOf(request), '1.2.840.10008.1.2.1', 1);
    await this.note(program, [one]);
    await sendParts(response, form, [
      { type, content, location: `${this.urlOf(one)}/bulkdata/${path.bulk}` },
    ]);
  }

  /** Pictures are only made in a guest, and no guest that makes them in full size is there. */
  @Get([`${INSTANCE}/rendered`, `${INSTANCE}/frames/:frames/rendered`])
  async rendered(@CurrentProgram() program: KnownProgram, @Param() path: Path): Promise<void> {
    await this.findOne(program, path);
    throw new Problem('exchange.not-acceptable');
  }

  private async sendFrames(
    program: KnownProgram,
    path: Path,
    numbers: readonly number[] | 'all',
    request: Request,
    response: Response,
  ): Promise<void> {
    const one = await this.findOne(program, path);
    const { frames, transferSyntaxUid, compressed } = await this.reader.frames(one, numbers);
    const { form, type } = frameForm(acceptOf(request), transferSyntaxUid, frames.length);
    await this.note(program, [one]);
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

  private async find(program: KnownProgram, path: Path): Promise<KeptInstance[]> {
    const { study, series, instance } = path;
    if ([study, series, instance].some((uid) => uid !== undefined && !isUid(uid)))
      throw new Problem('kernel.invalid');
    const found = await this.images.instances(program.patient.id, { study, series, instance });
    if (found.length === 0) throw new Problem('delegation.not-visible');
    return found;
  }

  private async findOne(program: KnownProgram, path: Path): Promise<KeptInstance> {
    const [one] = await this.find(program, path);
    if (one === undefined) throw new Problem('delegation.not-visible');
    return one;
  }

  private async note(program: KnownProgram, found: readonly KeptInstance[]): Promise<void> {
    const items = [...new Set(found.map(({ itemId }) => itemId))];
    await this.acts.note(
      program,
      'record.read',
      items.map((id) => ({ kind: 'item', id })),
    );
  }

  private urlOf({ studyInstanceUid, file }: KeptInstance): string {
    return this.urls.instance(studyInstanceUid, file.seriesInstanceUid ?? '', file.sopInstanceUid ?? '');
  }
}

/** Everything but the four native syntaxes (PS3.5 §A.1, A.2, A.3, A.5). */
const isCompressed = ({ file }: KeptInstance): boolean =>
  !/^1\.2\.840\.10008\.1\.2(\.1|\.2|\.1\.99)?$/.test(file.transferSyntaxUid ?? '');

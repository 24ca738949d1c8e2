import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { KnownProgram } from '@vitrine/delegation';
import { RenderedPictures, type Rendering } from '@vitrine/exchange';
import { Problem } from '@vitrine/kernel';
import type { KeptInstance } from '@vitrine/records';
import { CurrentProgram, Program } from '../http/index.js';
import { acceptOf } from './dicom-json.js';
import { DICOMWEB_PREFIX } from './dicomweb-urls.js';
import { INSTANCE_PATH, ProgramReads, SERIES_PATH, type InstancePath } from './program-reads.js';
import { pictureType, readRendering, thumbnailSize } from './rendering-query.js';
import { HARMLESS } from './send-parts.js';

type FramePath = InstancePath & { readonly frame?: string };

/** WADO-RS, rendered resources (PS3.18 §10.4.1.1.3 to 10.4.1.1.5): a program fetches pictures of what the patient keeps. */
@ApiExcludeController()
@Program('read')
@Controller(DICOMWEB_PREFIX)
export class RenderedController {
  constructor(
    private readonly reads: ProgramReads,
    private readonly pictures: RenderedPictures,
  ) {}

  @Get([`${INSTANCE_PATH}/rendered`, `${INSTANCE_PATH}/frames/:frame/rendered`])
  async rendered(
    @CurrentProgram() program: KnownProgram,
    @Param() path: FramePath,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.send(program, path, readRendering(parametersOf(request)), request, response);
  }

  /** Of a study or a series, of the image in the middle. */
  @Get([
    'studies/:study/thumbnail',
    `${SERIES_PATH}/thumbnail`,
    `${INSTANCE_PATH}/thumbnail`,
    `${INSTANCE_PATH}/frames/:frame/thumbnail`,
  ])
  async thumbnail(
    @CurrentProgram() program: KnownProgram,
    @Param() path: FramePath,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const viewport = thumbnailSize(parametersOf(request));
    await this.send(program, path, { viewport, window: undefined, quality: undefined }, request, response);
  }

  private async send(
    program: KnownProgram,
    { frame, ...path }: FramePath,
    how: Pick<Rendering, 'viewport' | 'window' | 'quality'>,
    request: Request,
    response: Response,
  ): Promise<void> {
    if (frame !== undefined && !/^[1-9]\d{0,5}$/.test(frame)) throw new Problem('kernel.invalid');
    const type = pictureType(acceptOf(request));
    const one = middleOf(await this.reads.find(program, path));
    const number = Number(frame ?? 1);
    if (one.file.frames > 0 && number > one.file.frames) throw new Problem('delegation.not-visible');
    await this.reads.note(program, [one]);
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Problem('kernel.busy')));
    const picture = await this.pictures.render(one.file, { ...how, type, frame: number }, gone.signal);
    response.set({ ...HARMLESS, 'Content-Type': type }).send(Buffer.from(picture));
  }
}

const parametersOf = (request: Request): URLSearchParams =>
  new URL(request.url, 'http://localhost').searchParams;

/** Of those that can be painted; otherwise the first, of which that is said then. */
function middleOf(found: readonly KeptInstance[]): KeptInstance {
  const painted = found.filter(({ file }) => file.frames > 0);
  const one = painted[Math.floor((painted.length - 1) / 2)] ?? found[0];
  if (one === undefined) throw new Problem('delegation.not-visible');
  return one;
}

import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ProgramActs, type KnownProgram } from '@vitrine/delegation';
import {
  isUid,
  jsonElement,
  jsonOf,
  KNOWN_ATTRIBUTES,
  type JsonDataSet,
  type MatchingKey,
  type QueryLevel,
} from '@vitrine/dicom';
import { Problem } from '@vitrine/kernel';
import { ImageIndex, type ImageMatch } from '@vitrine/records';
import { CurrentProgram, Program } from '../http/index.js';
import { acceptsJson, sendJson } from './dicom-json.js';
import { DicomwebUrls, DICOMWEB_PREFIX } from './dicomweb-urls.js';
import { pathKey, readSearch, type SearchQuery } from './search-query.js';

/** QIDO-RS (PS3.18 §10.6): a program searches what the patient keeps. */
@ApiExcludeController()
@Program('read')
@Controller(DICOMWEB_PREFIX)
export class SearchController {
  constructor(
    private readonly images: ImageIndex,
    private readonly acts: ProgramActs,
    private readonly urls: DicomwebUrls,
  ) {}

  @Get('studies')
  studies(@CurrentProgram() program: KnownProgram, @Req() request: Request, @Res() response: Response) {
    return this.answer('study', [], program, request, response);
  }

  @Get(['series', 'studies/:study/series'])
  series(
    @CurrentProgram() program: KnownProgram,
    @Param('study') study: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    return this.answer('series', keysOf({ study }), program, request, response);
  }

  @Get(['instances', 'studies/:study/instances', 'studies/:study/series/:series/instances'])
  instances(
    @CurrentProgram() program: KnownProgram,
    @Param('study') study: string | undefined,
    @Param('series') series: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    return this.answer('instance', keysOf({ study, series }), program, request, response);
  }

  private async answer(
    level: QueryLevel,
    within: readonly MatchingKey[],
    program: KnownProgram,
    request: Request,
    response: Response,
  ): Promise<void> {
    acceptsJson(request);
    const query = readSearch(new URL(request.url, 'http://localhost').searchParams, within);
    await this.acts.note(program, 'record.searched');
    const { found, more } = await this.images.search(program.patient.id, { level, ...query });
    const warnings = [
      ...query.warnings,
      ...(more > 0 ? [`There are ${more} additional results that can be requested.`] : []),
    ];
    // RFC 7234 §5.5, in the words of PS3.18 §8.3.4.
    for (const warning of warnings) response.append('Warning', `299 ${this.urls.base} "${warning}"`);
    if (found.length === 0) {
      response.status(204).end();
      return;
    }
    sendJson(
      response,
      found.map((match) => this.describe(match, level, within, query)),
    );
  }

  /**
   * What is answered of one match: all that is of its own level, also where it is empty; of what it lies in, all
   * unless the address names that already; and what was asked for besides.
   */
  private describe(
    { scope, attributes }: ImageMatch,
    level: QueryLevel,
    within: readonly MatchingKey[],
    { include }: SearchQuery,
  ): JsonDataSet {
    const levels: QueryLevel[] = ['study', 'series', 'instance'];
    const named = within.length;
    const shown = new Set(levels.slice(named, levels.indexOf(level) + 1));
    const wanted: Record<string, readonly string[]> = {};
    for (const { tag, level: of } of KNOWN_ATTRIBUTES.values()) {
      const above = levels.indexOf(of) <= levels.indexOf(level);
      const identifies = tag === '0020000D' || tag === '0020000E';
      const values = attributes[tag] ?? [];
      if (
        of === level ||
        (above && values.length > 0 && (shown.has(of) || identifies || include === 'all' || include.has(tag)))
      )
        wanted[tag] = values;
    }
    if (level !== 'instance') wanted['00080056'] = ['ONLINE'];
    return {
      '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
      ...jsonOf(wanted),
      '00081190': jsonElement('UR', [this.urlOf(scope)]),
    };
  }

  private urlOf({ study = '', series, instance }: ImageMatch['scope']): string {
    if (series === undefined) return this.urls.study(study);
    return instance === undefined
      ? this.urls.series(study, series)
      : this.urls.instance(study, series, instance);
  }
}

/** Of the path, from the outermost on. */
function keysOf({
  study,
  series,
}: {
  study?: string | undefined;
  series?: string | undefined;
}): MatchingKey[] {
  if ([study, series].some((uid) => uid !== undefined && !isUid(uid))) throw new Problem('kernel.invalid');
  return [
    ...(study === undefined ? [] : [pathKey('study', study)]),
    ...(series === undefined ? [] : [pathKey('series', series)]),
  ];
}

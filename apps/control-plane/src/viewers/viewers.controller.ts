import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Patient } from '@vitrine/identity';
import { Problem } from '@vitrine/kernel';
import { SessionService } from '@vitrine/sessions';
import { ViewerCatalogue } from '@vitrine/viewers';
import { CurrentPatient, Roles, SignedIn } from '../http/index.js';
import { OfferedViewersDto, ViewersQueryDto } from './viewers.dto.js';

const ICON_AGE_S = 3600;

/** What things can be opened with. */
@ApiTags('viewers')
@Controller('viewers')
export class ViewersController {
  constructor(
    private readonly catalogue: ViewerCatalogue,
    private readonly sessions: SessionService,
  ) {}

  @Roles('patient')
  @Get()
  @ApiOkResponse({ type: OfferedViewersDto })
  async offered(
    @CurrentPatient() patient: Patient,
    @Query() { items }: ViewersQueryDto,
  ): Promise<OfferedViewersDto> {
    const openable = await this.sessions.openable(patient.id, items);
    const viewers = await this.catalogue.offeredFor(openable);
    return {
      soon: viewers.length === 0 && (await this.catalogue.willOpen(openable)),
      viewers: viewers.map(({ id, title, sentence, icon, egress }, index) => ({
        id,
        title,
        sentence,
        best: index === 0,
        hasIcon: icon !== null,
        egress,
      })),
    };
  }

  @SignedIn()
  @Get(':id/icon')
  @ApiProduces('image/png')
  @ApiOkResponse({ description: 'Its first picture over sample data.' })
  async icon(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const { icon } = await this.catalogue.get(id);
    if (!icon) throw new Problem('viewers.unknown');
    response
      .type('image/png')
      .set('Cache-Control', `private, max-age=${ICON_AGE_S}`)
      .set('X-Content-Type-Options', 'nosniff')
      .send(icon);
  }
}

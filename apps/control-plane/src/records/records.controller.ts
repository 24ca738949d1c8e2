import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { agentOf, type Account, type Patient } from '@vitrine/identity';
import { Problem } from '@vitrine/kernel';
import { Originals, RecordsService } from '@vitrine/records';
import { SessionService } from '@vitrine/sessions';
import { CurrentAccount, CurrentPatient, Roles } from '../http/index.js';
import { sendFile } from './send-file.js';
import { AcceptDto, IntegrityDto, ItemDetailDto, ItemDto, RecordDto, RecordQueryDto } from './records.dto.js';

/** The record of the patient who is signed in. */
@ApiTags('record')
@Roles('patient')
@Controller('record')
export class RecordsController {
  constructor(
    private readonly records: RecordsService,
    private readonly originals: Originals,
    private readonly sessions: SessionService,
  ) {}

  @Get()
  @ApiOkResponse({ type: RecordDto })
  async list(@CurrentPatient() patient: Patient, @Query() query: RecordQueryDto): Promise<RecordDto> {
    return { items: await this.records.list(patient.id, { search: query.q ?? '', kind: query.kind }) };
  }

  @Get('integrity')
  @ApiOkResponse({ type: IntegrityDto })
  integrity(@CurrentPatient() patient: Patient): Promise<IntegrityDto> {
    return this.records.integrity(patient.id);
  }

  @Get(':id')
  @ApiOkResponse({ type: ItemDetailDto })
  detail(@CurrentPatient() patient: Patient, @Param('id') id: string): Promise<ItemDetailDto> {
    return this.records.detail(patient.id, id);
  }

  @Get(':id/thumbnail')
  @ApiProduces('image/png')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async thumbnail(
    @CurrentPatient() patient: Patient,
    @Param('id') id: string,
    @Res() response: Response,
  ): Promise<void> {
    const png = await this.records.thumbnail(patient.id, id);
    if (png === undefined) throw new Problem('delegation.not-visible');
    await sendFile(response, png, {
      type: 'image/png',
      // Its bytes never change, but it is only for this browser, and only while the person is signed in for long.
      cacheControl: 'private, max-age=3600',
    });
  }

  @Get(':id/download')
  @ApiProduces('application/zip')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async download(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Param('id') id: string,
    @Res() response: Response,
  ): Promise<void> {
    const found = await this.records.withFiles(patient.id, id);
    if (found.item.state !== 'kept') throw new Problem('delegation.not-visible');
    await this.records.recordDownload(found.item, agentOf(account));
    await sendFile(response, this.originals.zip(found), {
      type: 'application/zip',
      attachment: `record-${found.item.takenOn ?? found.item.addedAt.slice(0, 10)}.zip`,
    });
  }

  @Post(':id/accept')
  @HttpCode(200)
  @ApiOkResponse({ type: ItemDto })
  accept(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Param('id') id: string,
    @Body() { confirmMismatch }: AcceptDto,
  ): Promise<ItemDto> {
    return this.records.accept(patient.id, id, agentOf(account), {
      confirmMismatch: confirmMismatch === true,
    });
  }

  @Post(':id/reject')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Gone, also from a viewer that showed it.' })
  async reject(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Param('id') id: string,
  ): Promise<void> {
    await this.records.reject(patient.id, id, agentOf(account));
    await this.sessions.endShowing(patient.id, id, agentOf(account));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Gone, also from a viewer that showed it.' })
  async remove(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Param('id') id: string,
  ): Promise<void> {
    await this.records.remove(patient.id, id, agentOf(account));
    await this.sessions.endShowing(patient.id, id, agentOf(account));
  }
}

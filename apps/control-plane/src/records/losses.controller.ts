import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Losses } from '@vitrine/exchange';
import type { Patient } from '@vitrine/identity';
import { CurrentPatient, Roles } from '../http/index.js';
import { noteDto } from '../imports/imports.dto.js';
import { LossDto } from './losses.dto.js';

/** What could not be kept and will not come again by itself. */
@ApiTags('record')
@Roles('patient')
@Controller('record/losses')
export class LossesController {
  constructor(private readonly losses: Losses) {}

  @Get()
  @ApiOkResponse({ type: [LossDto] })
  async unread(@CurrentPatient() patient: Patient): Promise<LossDto[]> {
    const found = await this.losses.unread(patient.id);
    return found.map(({ notes, ...loss }) => ({ ...loss, notes: notes.map(noteDto) }));
  }

  @Post(':id/read')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'It is not told again.' })
  async read(@CurrentPatient() patient: Patient, @Param('id') id: string): Promise<void> {
    await this.losses.read(patient.id, id);
  }
}

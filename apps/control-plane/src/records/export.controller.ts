import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ExportLocks, ExportService } from '@vitrine/exchange';
import { agentOf, type Account, type Patient } from '@vitrine/identity';
import { CurrentAccount, CurrentPatient, Roles } from '../http/index.js';
import { ExportLockDto, ExportQueryDto, NewExportLockDto } from './records.dto.js';
import { requestedRange, sendRange } from './send-range.js';

/** The way out: everything, or a selection, as one archive that goes on where a download was cut. */
@ApiTags('record')
@Roles('patient')
@Controller('record')
export class ExportController {
  constructor(
    private readonly exports: ExportService,
    private readonly locks: ExportLocks,
  ) {}

  @Post('export-locks')
  @ApiCreatedResponse({ type: ExportLockDto })
  lock(@CurrentPatient() patient: Patient, @Body() { passphrase }: NewExportLockDto): ExportLockDto {
    return this.locks.make(patient.id, passphrase);
  }

  @Get('export')
  @ApiProduces('application/zip')
  @ApiOkResponse({
    schema: { type: 'string', format: 'binary' },
    description:
      'A ZIP with DICOMDIR, originals, checksums and a FHIR index. The same record makes the same bytes.',
  })
  @ApiResponse({ status: 206, description: 'The part that was asked for (Range, If-Range).' })
  @ApiResponse({ status: 416, description: 'The part lies beyond the end.' })
  async download(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Query() { items: itemIds, lock }: ExportQueryDto,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const found = await this.exports.open(patient, itemIds, lock);
    const range = requestedRange(request, found);
    if (range.kind !== 'unsatisfiable' && request.method !== 'HEAD')
      await this.exports.recordExport(patient, agentOf(account), {
        itemIds,
        bytes: range.end - range.start,
        from: range.start,
        sealed: lock !== undefined,
      });
    await sendRange(request, response, found, range, {
      type: 'application/zip',
      attachment: itemIds === undefined ? 'health-record.zip' : 'health-record-selection.zip',
    });
  }
}

import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ImportsService } from '@vitrine/exchange';
import type { Account, KnownSignIn } from '@vitrine/identity';
import { Problem } from '@vitrine/kernel';
import { CurrentAccount, CurrentSignIn, Roles, sseStream, type CallerRequest } from '../http/index.js';
import { ImportDto, importDto, NewImportDto } from './imports.dto.js';

/** Files on their way into a record: a patient's own, or a provider's deposits. */
@ApiTags('imports')
@Roles('patient', 'provider')
@Controller('imports')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  @Post()
  @ApiCreatedResponse({ type: ImportDto })
  async begin(
    @CurrentSignIn() { account, patient }: KnownSignIn,
    @Body() { depositCode }: NewImportDto,
  ): Promise<ImportDto> {
    if (account.role === 'provider') {
      if (depositCode === undefined) throw new Problem('delegation.deposit-code-unusable');
      return importDto(await this.imports.beginDeposit(account, depositCode));
    }
    if (patient === null || depositCode !== undefined) throw new Problem('identity.not-allowed');
    return importDto(await this.imports.beginOwn(account, patient));
  }

  @Get()
  @ApiOkResponse({ type: [ImportDto] })
  async list(@CurrentAccount() account: Account): Promise<ImportDto[]> {
    return (await this.imports.list(account.id)).map(importDto);
  }

  @Get(':id')
  @ApiOkResponse({ type: ImportDto })
  async get(@CurrentAccount() account: Account, @Param('id') id: string): Promise<ImportDto> {
    return importDto(await this.imports.get(account.id, id));
  }

  @Post(':id/finish')
  @HttpCode(200)
  @ApiOkResponse({ type: ImportDto })
  async finish(@CurrentAccount() account: Account, @Param('id') id: string): Promise<ImportDto> {
    return importDto(await this.imports.finish(account.id, id));
  }

  @Get(':id/events')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ type: ImportDto, description: 'One event for each change.' })
  events(
    @CurrentAccount() account: Account,
    @Param('id') id: string,
    @Req() request: CallerRequest,
    @Res() response: Response,
  ): Promise<void> {
    return sseStream(request, response, (send, end) =>
      this.imports.watch(account.id, id, (view) => send(importDto(view)), end),
    );
  }
}

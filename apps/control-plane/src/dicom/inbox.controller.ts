import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DicomInbox } from '@vitrine/exchange';
import type { Account } from '@vitrine/identity';
import { CurrentAccount, RateLimited, Roles } from '../http/index.js';
import { DeliverDto, InboxStudyDto, inboxStudyDto } from './dicom.dto.js';

/** What the provider’s systems sent and that wait for a patient’s code. */
@ApiTags('dicom')
@Roles('provider')
@Controller('inbox')
export class InboxController {
  constructor(private readonly inbox: DicomInbox) {}

  @Get()
  @ApiOkResponse({ type: [InboxStudyDto] })
  async list(@CurrentAccount() account: Account): Promise<InboxStudyDto[]> {
    const studies = [...(await this.inbox.arriving(account.id)), ...(await this.inbox.waiting(account.id))];
    return studies.map(inboxStudyDto);
  }

  // As many tries as for a code that is typed elsewhere.
  @RateLimited(10)
  @Post(':id/deliver')
  @HttpCode(204)
  @ApiNoContentResponse()
  async deliver(
    @CurrentAccount() account: Account,
    @Param('id') id: string,
    @Body() { code }: DeliverDto,
  ): Promise<void> {
    await this.inbox.deliver(account, id, code);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  async throwAway(@CurrentAccount() account: Account, @Param('id') id: string): Promise<void> {
    await this.inbox.throwAway(account.id, id);
  }
}

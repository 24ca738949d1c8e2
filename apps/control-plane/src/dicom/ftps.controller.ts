import { Controller, Delete, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { FtpsAccounts } from '@vitrine/exchange';
import type { Account } from '@vitrine/identity';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { CurrentAccount, Roles } from '../http/index.js';
import { ftpsAccountDto, FtpsDto, ftpsDto, MadeFtpsAccountDto } from './ftps.dto.js';

/** The login of the provider who is signed in for the FTPS drop; there is one at most. */
@ApiTags('ftps')
@Roles('provider')
@Controller('ftps-account')
export class FtpsController {
  constructor(
    private readonly accounts: FtpsAccounts,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @ApiOkResponse({ type: FtpsDto })
  async get(@CurrentAccount() account: Account): Promise<FtpsDto> {
    return ftpsDto(this.settings, await this.accounts.ofAccount(account.id));
  }

  /** The one that there was ends. */
  @Post()
  @ApiCreatedResponse({ type: MadeFtpsAccountDto })
  async make(@CurrentAccount() account: Account): Promise<MadeFtpsAccountDto> {
    const { ftps, password } = await this.accounts.make(account);
    return { account: ftpsAccountDto(ftps), password };
  }

  @Delete()
  @HttpCode(204)
  @ApiNoContentResponse()
  async revoke(@CurrentAccount() account: Account): Promise<void> {
    await this.accounts.revoke(account);
  }
}

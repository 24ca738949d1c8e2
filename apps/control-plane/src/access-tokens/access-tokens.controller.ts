import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessTokens, accessTokenState, type AccessToken } from '@vitrine/delegation';
import type { Account, Patient } from '@vitrine/identity';
import { Clock, SETTINGS, type Settings } from '@vitrine/kernel';
import { DAV_PREFIX } from '../dav/dav-request.js';
import { DICOMWEB_PREFIX } from '../dicomweb/dicomweb-urls.js';
import { CurrentAccount, CurrentPatient, RateLimited, Roles } from '../http/index.js';
import {
  accessTokenDto,
  AccessTokenDto,
  MadeAccessTokenDto,
  NewAccessTokenDto,
  NewDepositTokenDto,
} from './access-tokens.dto.js';

/** Access tokens for programs: the patient's own, and those that providers made for their systems. */
@ApiTags('access tokens')
@Controller()
export class AccessTokensController {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Roles('patient')
  @Post('access-tokens')
  @ApiCreatedResponse({ type: MadeAccessTokenDto })
  async create(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Body() draft: NewAccessTokenDto,
  ): Promise<MadeAccessTokenDto> {
    return this.made(await this.tokens.create({ account, patient }, draft));
  }

  @Roles('patient')
  @Get('access-tokens')
  @ApiOkResponse({ type: [AccessTokenDto] })
  async list(@CurrentPatient() patient: Patient): Promise<AccessTokenDto[]> {
    return (await this.tokens.ofPatient(patient.id)).map((token) => this.view(token));
  }

  @Roles('patient')
  @Post('access-tokens/:id/revoke')
  @HttpCode(200)
  @ApiOkResponse({ type: AccessTokenDto })
  async revoke(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Param('id') id: string,
  ): Promise<AccessTokenDto> {
    return this.view(await this.tokens.revoke({ account, patient }, id));
  }

  // As seldom as a code is checked in the portal, since this tells as much about it.
  @RateLimited(10)
  @Roles('provider')
  @Post('deposits/token')
  @ApiCreatedResponse({ type: MadeAccessTokenDto })
  async createForDeposits(
    @CurrentAccount() account: Account,
    @Body() { code, label }: NewDepositTokenDto,
  ): Promise<MadeAccessTokenDto> {
    return this.made(await this.tokens.createOfDepositCode(account, code, label));
  }

  private made({ token, secret }: { token: AccessToken; secret: string }): MadeAccessTokenDto {
    const door = token.scope.startsWith('drive-') ? `${DAV_PREFIX}/` : `api/${DICOMWEB_PREFIX}`;
    return { token: this.view(token), secret, url: `${this.settings.publicUrl}/${door}` };
  }

  private view(token: AccessToken): AccessTokenDto {
    return accessTokenDto(token, accessTokenState(token, this.clock.instant()));
  }
}

import { Body, Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import type { Response } from 'express';
import { LONGEST_PASSWORD, type KnownSignIn } from '@vitrine/identity';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { CurrentSignIn, RateLimited, Roles, SIGN_IN_COOKIE, writeCookie } from '../http/index.js';
import { AccountRemoval } from './account-removal.js';

export class RemoveAccountDto {
  @ApiProperty({ description: 'Asked again: an open browser is not enough for this.' })
  @IsString()
  @Length(1, LONGEST_PASSWORD)
  password!: string;
}

/** The end of one's own account. */
@ApiTags('identity')
@Controller('me')
export class AccountRemovalController {
  constructor(
    private readonly removal: AccountRemoval,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Roles('patient', 'provider')
  @RateLimited(30)
  @Post('delete')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'The account and all that was kept for it are gone.' })
  async remove(
    @CurrentSignIn() known: KnownSignIn,
    @Body() { password }: RemoveAccountDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.removal.remove(known, password);
    writeCookie(response, this.settings, SIGN_IN_COOKIE, '');
  }
}

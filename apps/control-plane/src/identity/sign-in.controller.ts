import { Body, Controller, HttpCode, Inject, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Accounts, SignIns, type Account } from '@vitrine/identity';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { Public, RateLimited, readCookie, SIGN_IN_COOKIE, writeCookie } from '../http/index.js';
import { MeDto, SignInDto, SignUpDto } from './identity.dto.js';
import { meOf } from './me.js';
import { OwnDisplays } from './own-displays.js';
import { PasswordGuard } from './password.guard.js';

/** In and out. */
@ApiTags('identity')
@Controller()
export class SignInController {
  constructor(
    private readonly accounts: Accounts,
    private readonly signIns: SignIns,
    private readonly displays: OwnDisplays,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Public()
  @RateLimited(30, 10)
  @Post('sign-up')
  @ApiCreatedResponse({ type: MeDto })
  async signUp(
    @Body() body: SignUpDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<MeDto> {
    return this.begin(await this.accounts.signUp(body), request, response);
  }

  @Public()
  @RateLimited(30)
  @UseGuards(PasswordGuard)
  @Post('sign-in')
  @HttpCode(200)
  @ApiBody({ type: SignInDto })
  @ApiOkResponse({ type: MeDto })
  signIn(
    @Req() request: Request & { proven: Account },
    @Res({ passthrough: true }) response: Response,
  ): Promise<MeDto> {
    return this.begin(request.proven, request, response);
  }

  @Public()
  @Post('sign-out')
  @HttpCode(204)
  @ApiNoContentResponse()
  async signOut(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    const secret = readCookie(request, SIGN_IN_COOKIE);
    const known = secret === undefined ? null : await this.signIns.recognise(secret);
    if (known) {
      await this.signIns.end(known.account, known.signIn.id, known.signIn.id);
      await this.displays.closeOf(known.account.id);
    }
    writeCookie(response, this.settings, SIGN_IN_COOKIE, '');
  }

  private async begin(account: Account, request: Request, response: Response): Promise<MeDto> {
    const { secret, expiresAt } = await this.signIns.begin(
      account,
      request.headers['user-agent'] ?? '',
      readCookie(request, SIGN_IN_COOKIE),
    );
    writeCookie(response, this.settings, SIGN_IN_COOKIE, secret, expiresAt);
    return meOf(account, await this.accounts.patientOf(account.id));
  }
}

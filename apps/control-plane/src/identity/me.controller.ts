import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Accounts, Passwords, SignIns, type KnownSignIn } from '@vitrine/identity';
import { CurrentSignIn, RateLimited, SignedIn } from '../http/index.js';
import { ChangeMeDto, ChangePasswordDto, MeDto, SignInViewDto } from './identity.dto.js';
import { meOf } from './me.js';
import { OwnDisplays } from './own-displays.js';

/** One's own account. */
@ApiTags('identity')
@Controller('me')
export class MeController {
  constructor(
    private readonly accounts: Accounts,
    private readonly passwords: Passwords,
    private readonly signIns: SignIns,
    private readonly displays: OwnDisplays,
  ) {}

  @SignedIn({ oneTimePassword: true })
  @Get()
  @ApiOkResponse({ type: MeDto })
  me(@CurrentSignIn() { account, patient }: KnownSignIn): MeDto {
    return meOf(account, patient);
  }

  @SignedIn()
  @Patch()
  @ApiOkResponse({ type: MeDto })
  async change(@CurrentSignIn() { account }: KnownSignIn, @Body() body: ChangeMeDto): Promise<MeDto> {
    const changed = await this.accounts.changeProfile(account.id, body);
    return meOf(changed, await this.accounts.patientOf(account.id));
  }

  @SignedIn({ oneTimePassword: true })
  @RateLimited(30)
  @Post('password')
  @HttpCode(204)
  @ApiNoContentResponse()
  async changePassword(@CurrentSignIn() known: KnownSignIn, @Body() body: ChangePasswordDto): Promise<void> {
    await this.passwords.change(known, body.current, body.next);
    await this.displays.closeOf(known.account.id);
  }

  @SignedIn()
  @Get('sign-ins')
  @ApiOkResponse({ type: [SignInViewDto] })
  async list(@CurrentSignIn() { account, signIn }: KnownSignIn): Promise<SignInViewDto[]> {
    const all = await this.signIns.list(account.id);
    return all.map(({ id, userAgent, createdAt, lastSeenAt }) => ({
      id,
      userAgent,
      createdAt,
      lastSeenAt,
      current: id === signIn.id,
    }));
  }

  @SignedIn()
  @Delete('sign-ins/:id')
  @HttpCode(204)
  @ApiNoContentResponse()
  async end(@CurrentSignIn() { account, signIn }: KnownSignIn, @Param('id') id: string): Promise<void> {
    await this.signIns.end(account, id, signIn.id);
    await this.displays.closeOf(account.id);
  }
}

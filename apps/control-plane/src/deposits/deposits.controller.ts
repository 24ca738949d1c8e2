import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DepositCodes } from '@vitrine/delegation';
import { Accounts, agentOf, type Account } from '@vitrine/identity';
import { Problem } from '@vitrine/kernel';
import { CurrentAccount, RateLimited, Roles } from '../http/index.js';
import { CheckDepositCodeDto, UsableDepositCodeDto } from './deposits.dto.js';
import { initialsOf } from './initials.js';

/** The provider's side of deposit codes. */
@ApiTags('deposits')
@Roles('provider')
@Controller('deposits')
export class DepositsController {
  constructor(
    private readonly codes: DepositCodes,
    private readonly accounts: Accounts,
  ) {}

  // 60 bits and ten tries a minute: guessing one of a million codes takes two hundred thousand years.
  @RateLimited(10)
  @Post('check')
  @HttpCode(200)
  @ApiOkResponse({ type: UsableDepositCodeDto })
  async check(
    @CurrentAccount() account: Account,
    @Body() { code }: CheckDepositCodeDto,
  ): Promise<UsableDepositCodeDto> {
    const usable = await this.codes.check(agentOf(account), code);
    const patient = await this.accounts.patientById(usable.patientId);
    if (!patient) throw new Problem('delegation.deposit-code-unusable');
    return { patientInitials: initialsOf(patient.name), expiresAt: usable.expiresAt };
  }
}

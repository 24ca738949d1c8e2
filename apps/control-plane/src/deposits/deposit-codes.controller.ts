import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { aeTitleOf, DepositCodes, depositCodeState, type DepositCode } from '@vitrine/delegation';
import type { Account, Patient } from '@vitrine/identity';
import { Clock, SETTINGS, type Settings } from '@vitrine/kernel';
import { CurrentAccount, CurrentPatient, Roles } from '../http/index.js';
import { DepositCodeDto, MadeDepositCodeDto, NewDepositCodeDto } from './deposits.dto.js';

/** Deposit codes of the patient who is signed in. */
@ApiTags('deposits')
@Roles('patient')
@Controller('deposit-codes')
export class DepositCodesController {
  constructor(
    private readonly codes: DepositCodes,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post()
  @ApiCreatedResponse({ type: MadeDepositCodeDto })
  async create(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Body() draft: NewDepositCodeDto,
  ): Promise<MadeDepositCodeDto> {
    const { code, secret, url } = await this.codes.create({ account, patient }, draft);
    const aeTitle = this.settings.dicom === undefined ? null : aeTitleOf(secret);
    return { code: this.view(code), secret, url, aeTitle };
  }

  @Get()
  @ApiOkResponse({ type: [DepositCodeDto] })
  async list(@CurrentPatient() patient: Patient): Promise<DepositCodeDto[]> {
    return (await this.codes.ofPatient(patient.id)).map((code) => this.view(code));
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @ApiOkResponse({ type: DepositCodeDto })
  async revoke(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Param('id') id: string,
  ): Promise<DepositCodeDto> {
    return this.view(await this.codes.revoke({ account, patient }, id));
  }

  private view(code: DepositCode): DepositCodeDto {
    const { id, label, maximumUses, uses, createdAt, expiresAt, revokedAt } = code;
    const state = depositCodeState(code, this.clock.instant());
    return { id, label, maximumUses, uses, createdAt, expiresAt, revokedAt, state };
  }
}

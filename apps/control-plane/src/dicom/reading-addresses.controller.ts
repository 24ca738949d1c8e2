import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ReadingAddresses, readingAddressState, type ReadingAddress } from '@vitrine/exchange';
import type { Account, Patient } from '@vitrine/identity';
import { Clock, SETTINGS, type Settings } from '@vitrine/kernel';
import { CurrentAccount, CurrentPatient, RateLimited, Roles } from '../http/index.js';
import { listenerDto } from './dicom.dto.js';
import {
  MadeReadingAddressDto,
  NewReadingAddressDto,
  readingAddressDto,
  ReadingAddressDto,
  ReadingAddressesDto,
} from './reading-addresses.dto.js';

/** Titles by which the systems of hospitals may read the patient's scans. */
@ApiTags('dicom')
@Roles('patient')
@Controller('reading-addresses')
export class ReadingAddressesController {
  constructor(
    private readonly addresses: ReadingAddresses,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  // As seldom as a code is checked: it tells which systems there are.
  @RateLimited(10)
  @Post()
  @ApiCreatedResponse({ type: MadeReadingAddressDto })
  async create(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Body() draft: NewReadingAddressDto,
  ): Promise<MadeReadingAddressDto> {
    const { address, aeTitle } = await this.addresses.create({ account, patient }, draft);
    return { address: this.view(address), aeTitle };
  }

  @Get()
  @ApiOkResponse({ type: ReadingAddressesDto })
  async list(@CurrentPatient() patient: Patient): Promise<ReadingAddressesDto> {
    return {
      listener: listenerDto(this.settings),
      addresses: (await this.addresses.ofPatient(patient.id)).map((address) => this.view(address)),
    };
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @ApiOkResponse({ type: ReadingAddressDto })
  async revoke(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Param('id') id: string,
  ): Promise<ReadingAddressDto> {
    return this.view(await this.addresses.revoke({ account, patient }, id));
  }

  private view(address: ReadingAddress): ReadingAddressDto {
    return readingAddressDto(address, readingAddressState(address, this.clock.instant()));
  }
}

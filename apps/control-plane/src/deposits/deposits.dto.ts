import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { LONGEST_DEPOSIT_CODE_DAYS, type DepositCodeState } from '@vitrine/delegation';
import { PlainText, WholeNumber } from '../http/index.js';

export class NewDepositCodeDto {
  @ApiProperty({ maxLength: 100, description: 'For whom it is, in the patient’s own words.' })
  @PlainText(1, 100)
  label!: string;

  @WholeNumber({ least: 1, most: LONGEST_DEPOSIT_CODE_DAYS, otherwise: 30 })
  expiresInDays: number = 30;

  @WholeNumber({ least: 1, most: 1000, otherwise: 10 })
  maximumUses: number = 10;
}

export class DepositCodeDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  label!: string;

  @ApiProperty()
  maximumUses!: number;

  @ApiProperty()
  uses!: number;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  revokedAt!: string | null;

  @ApiProperty({ enum: ['active', 'used-up', 'expired', 'revoked'] })
  state!: DepositCodeState;
}

export class MadeDepositCodeDto {
  @ApiProperty({ type: DepositCodeDto })
  code!: DepositCodeDto;

  @ApiProperty({ description: 'Shown this once.', example: '7K3M-Q9TX-V2AB' })
  secret!: string;

  @ApiProperty({ description: 'The same as a link, for a provider who is signed in.' })
  url!: string;

  @ApiProperty({
    example: '7K3MQ9TXV2AB',
    nullable: true,
    type: String,
    description: 'The same as the called AE title for a registered PACS; null where DICOM is not taken.',
  })
  aeTitle!: string | null;
}

export class CheckDepositCodeDto {
  @ApiProperty({ example: '7k3m q9tx v2ab', description: 'As it was typed.' })
  @IsString()
  @MaxLength(64)
  code!: string;
}

export class UsableDepositCodeDto {
  @ApiProperty({ example: 'J. D.', description: 'To notice a mix-up; the name is not told.' })
  patientInitials!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
}

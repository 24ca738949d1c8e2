import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { LONGEST_DEPOSIT_CODE_DAYS, type DepositCodeState } from '@vitrine/delegation';
import { PlainText } from '../http/index.js';

export class NewDepositCodeDto {
  @ApiProperty({ maxLength: 100, description: 'For whom it is, in the patient’s own words.' })
  @PlainText(1, 100)
  label!: string;

  @ApiPropertyOptional({ default: 30, minimum: 1, maximum: LONGEST_DEPOSIT_CODE_DAYS })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LONGEST_DEPOSIT_CODE_DAYS)
  expiresInDays: number = 30;

  @ApiPropertyOptional({ default: 10, minimum: 1, maximum: 1000 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
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

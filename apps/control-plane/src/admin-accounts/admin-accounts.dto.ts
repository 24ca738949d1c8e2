import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsEmail, IsIn, IsOptional, MaxLength } from 'class-validator';
import { ROLES, type Role } from '@vitrine/identity';
import { PlainText } from '../http/index.js';

/** Patients sign up by themselves: an admin who made their password could open their record. */
const MADE_BY_ADMINS = ['caregiver', 'provider', 'vendor', 'admin'] as const satisfies readonly Role[];

export class NewAccountDto {
  @ApiProperty({ maxLength: 100 })
  @PlainText(1, 100)
  name!: string;

  @ApiProperty({ format: 'email' })
  @IsEmail()
  @MaxLength(254)
  email!: string;

  @ApiProperty({ enum: MADE_BY_ADMINS })
  @IsIn(MADE_BY_ADMINS)
  role!: (typeof MADE_BY_ADMINS)[number];

  @ApiPropertyOptional({ maxLength: 100, description: 'For providers: in whose name they deposit.' })
  @IsOptional()
  @PlainText(1, 100)
  organisation?: string;
}

export class AdminAccountDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  email!: string;

  @ApiProperty({ enum: ROLES })
  role!: Role;

  @ApiPropertyOptional()
  organisation?: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ description: 'The one-time password has not been replaced yet.' })
  mustChangePassword!: boolean;
}

export class CreatedAccountDto {
  @ApiProperty({ type: AdminAccountDto })
  account!: AdminAccountDto;

  @ApiProperty({ description: 'Shown this once.', example: '7K3M-Q9TX-V2AB-0C4D' })
  oneTimePassword!: string;
}

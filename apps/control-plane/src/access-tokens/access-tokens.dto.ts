import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import {
  LONGEST_DRIVE_DAYS,
  TOKEN_SCOPES,
  type AccessToken,
  type AccessTokenState,
  type TokenScope,
} from '@vitrine/delegation';
import { PlainText, WholeNumber } from '../http/index.js';

export class NewAccessTokenDto {
  @ApiProperty({ maxLength: 100, description: 'Which program it is for, in the patient’s own words.' })
  @PlainText(1, 100)
  label!: string;

  @ApiProperty({
    enum: TOKEN_SCOPES,
    description:
      'deposit = put images in; read = search and fetch images; drive-read, drive-write = the network drive.',
  })
  @IsIn(TOKEN_SCOPES)
  scope!: TokenScope;

  @WholeNumber({ least: 1, most: LONGEST_DRIVE_DAYS, otherwise: 90 })
  expiresInDays: number = 90;
}

export class NewDepositTokenDto {
  @ApiProperty({ example: '7k3m q9tx v2ab', description: 'The patient’s deposit code, as it was typed.' })
  @IsString()
  @MaxLength(64)
  code!: string;

  @ApiProperty({ maxLength: 100, description: 'Which of the provider’s systems it is for.' })
  @PlainText(1, 100)
  label!: string;
}

export class AccessTokenDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  label!: string;

  @ApiProperty({ enum: TOKEN_SCOPES })
  scope!: TokenScope;

  @ApiProperty({ description: 'A provider made it of a deposit code.' })
  byProvider!: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  revokedAt!: string | null;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  lastUsedAt!: string | null;

  @ApiProperty({ enum: ['active', 'expired', 'revoked'] })
  state!: AccessTokenState;
}

export class MadeAccessTokenDto {
  @ApiProperty({ type: AccessTokenDto })
  token!: AccessTokenDto;

  @ApiProperty({ description: 'Shown this once.' })
  secret!: string;

  @ApiProperty({ description: 'The address that the program needs besides.' })
  url!: string;
}

export const accessTokenDto = (token: AccessToken, state: AccessTokenState): AccessTokenDto => ({
  id: token.id,
  label: token.label,
  scope: token.scope,
  byProvider: token.depositCodeId !== null,
  createdAt: token.createdAt,
  expiresAt: token.expiresAt,
  revokedAt: token.revokedAt,
  lastUsedAt: token.lastUsedAt,
  state,
});

import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import type { Control } from '@vitrine/delegation';
import { PlainText } from '../http/index.js';
import { SessionDto } from '../sessions/session.dto.js';

export class LinkSecretDto {
  @ApiProperty({ description: 'What follows # in the link.' })
  @Matches(/^[A-Za-z0-9_-]{43}$/)
  secret!: string;
}

export class RedeemLinkDto extends LinkSecretDto {
  @ApiProperty({ description: 'Who the patient will see.' })
  @PlainText(1, 80)
  name!: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @Length(0, 200)
  passcode?: string;
}

class VisitFactsDto {
  @ApiProperty({ description: 'Who shares.' })
  patientName!: string;

  @ApiProperty({ type: [String], description: 'What is shared.' })
  titles!: string[];

  @ApiProperty({ enum: ['view', 'control'] })
  control!: Control;

  @ApiProperty({ description: 'The visitor’s name and the day stand over the picture.' })
  watermark!: boolean;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
}

export class VisitPreviewDto extends VisitFactsDto {
  @ApiProperty()
  needsPasscode!: boolean;
}

export class VisitDto extends VisitFactsDto {
  @ApiProperty({ description: 'As the visitor typed it.' })
  visitorName!: string;

  @ApiProperty({ type: SessionDto, nullable: true, description: 'The viewer, if one runs.' })
  session!: SessionDto | null;
}

import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsEmail, IsIn, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { LONGEST_LINK_MINUTES, type Control, type LinkState, type MailOutcome } from '@vitrine/delegation';
import { Id, Ids, PlainText, WholeNumber } from '../http/index.js';

const CONTROLS = ['view', 'control'] as const satisfies readonly Control[];

export class NewLinkDto {
  @ApiProperty({
    type: [String],
    description: 'What the visitor may see. With `sessionId`: what is open there.',
  })
  @Ids(500)
  itemIds!: string[];

  @ApiPropertyOptional({ description: 'Without it: the viewer that fits best.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  viewerId?: string;

  @ApiPropertyOptional({ description: 'A running viewer that the visitor is to join.' })
  @IsOptional()
  @Id()
  sessionId?: string;

  @ApiProperty({ maxLength: 100, description: 'For whom it is, in the patient’s own words.' })
  @PlainText(1, 100)
  label!: string;

  @ApiProperty({ enum: CONTROLS })
  @IsIn(CONTROLS)
  control!: Control;

  @ApiPropertyOptional({
    default: true,
    description:
      'The visitor’s name and the day stand over the picture, and `label` beside them where it is another name.',
  })
  @IsOptional()
  @IsBoolean()
  watermark: boolean = true;

  @WholeNumber({ least: 1, most: LONGEST_LINK_MINUTES, otherwise: 24 * 60 })
  expiresInMinutes: number = 24 * 60;

  @WholeNumber({ least: 1, most: 100, otherwise: 1 })
  maximumUses: number = 1;

  @ApiPropertyOptional({ minLength: 4, maxLength: 64 })
  @IsOptional()
  @IsString()
  @Length(4, 64)
  passcode?: string;

  @ApiPropertyOptional({ format: 'email', description: 'The link is sent there where mail is configured.' })
  @IsOptional()
  @IsEmail()
  @MaxLength(254)
  recipientEmail?: string;
}

export class NamedDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  title!: string;
}

export class LinkVisitDto {
  @ApiProperty({ description: 'As the visitor typed it: untrusted text.' })
  name!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;
}

export class LinkDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  label!: string;

  @ApiProperty({ type: [NamedDto], description: 'Those that are still in the record.' })
  items!: NamedDto[];

  @ApiProperty({ type: NamedDto })
  viewer!: NamedDto;

  @ApiProperty({ enum: CONTROLS })
  control!: Control;

  @ApiProperty({ description: 'Its visitors have their names over the picture.' })
  watermark!: boolean;

  @ApiProperty()
  hasPasscode!: boolean;

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

  @ApiProperty({ enum: ['active', 'used-up', 'expired', 'revoked', 'locked'] })
  state!: LinkState;

  @ApiProperty({ description: 'Displays that are open now by this link.' })
  watching!: number;

  @ApiProperty({ type: [LinkVisitDto], description: 'Who came by it, first comer first.' })
  visits!: LinkVisitDto[];
}

export class MadeLinkDto {
  @ApiProperty({ type: LinkDto })
  link!: LinkDto;

  @ApiProperty({ description: 'Shown this once.', example: 'https://vitrine.example/visit#…' })
  url!: string;

  @ApiProperty({ enum: ['sent', 'failed', 'not-configured', 'not-asked'] })
  mail!: MailOutcome;
}

import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { LONGEST_LINK_MINUTES, type Control, type LinkState, type MailOutcome } from '@vitrine/delegation';
import { PlainText } from '../http/index.js';

const CONTROLS = ['view', 'control'] as const satisfies readonly Control[];
const ID = /^[0-9a-f]{32}$/;

export class NewLinkDto {
  @ApiProperty({
    type: [String],
    description: 'What the visitor may see. With `sessionId`: what is open there.',
  })
  @IsString({ each: true })
  @Matches(ID, { each: true })
  @ArrayUnique()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  itemIds!: string[];

  @ApiPropertyOptional({ description: 'Without it: the viewer that fits best.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  viewerId?: string;

  @ApiPropertyOptional({ description: 'A running viewer that the visitor is to join.' })
  @IsOptional()
  @Matches(ID)
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

  @ApiPropertyOptional({ default: 1440, minimum: 1, maximum: LONGEST_LINK_MINUTES })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LONGEST_LINK_MINUTES)
  expiresInMinutes: number = 24 * 60;

  @ApiPropertyOptional({ default: 1, minimum: 1, maximum: 100 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
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

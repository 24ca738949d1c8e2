import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { NewViewer } from '@vitrine/sessions';
import type { Viewer } from '@vitrine/viewers';
import { PlainText, ViewerId } from '../http/index.js';

/** One word of a command. */
const LINE = /^[^\p{Cc}]+$/u;

export class OpenBuildDto {
  @ApiProperty({ description: 'The viewer whose image is copied.' })
  @ViewerId()
  viewerId!: string;
}

export class SubmitBuildDto implements NewViewer {
  @ApiProperty({ example: 'Document reader with fonts' })
  @PlainText(1, 60)
  name!: string;

  @ApiProperty({
    example: '1.0',
    description: 'Each version is a viewer of its own; what was there before stays as it is.',
  })
  @Matches(/^[0-9][a-z0-9.]{0,11}$/)
  version!: string;

  @ApiProperty({ description: 'What it is good for, in one plain sentence.' })
  @PlainText(1, 200)
  sentence!: string;

  @ApiProperty({ example: 'AGPL-3.0-or-later', description: 'SPDX id of the viewer’s licence.' })
  @PlainText(1, 80)
  licence!: string;

  @ApiProperty({ type: [String], example: ['pdf'], description: 'What it opens.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(32)
  @ArrayUnique()
  @Matches(/^[a-z][a-z0-9-]{0,31}$/, { each: true })
  formats!: string[];

  @ApiProperty({
    description: 'Its sessions end after so many minutes, or after the usual time if that is sooner.',
  })
  @IsInt()
  @Min(5)
  @Max(1440)
  maximumMinutes!: number;

  @ApiProperty()
  @IsInt()
  @Min(32)
  @Max(16_384)
  memoryMiB!: number;

  @ApiPropertyOptional({
    type: [String],
    example: ['feh', '--fullscreen', '{files}'],
    description: 'What it runs, word by word, without a shell. That of the image it was built on if absent.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(32)
  @IsString({ each: true })
  @MaxLength(200, { each: true })
  @Matches(LINE, { each: true })
  command?: string[];
}

/** A viewer that can be built on, with what a copy of it begins with. */
export class BaseDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty()
  sentence!: string;

  @ApiProperty()
  licence!: string;

  @ApiProperty({ type: [String] })
  formats!: string[];

  @ApiProperty({ nullable: true, type: Number })
  maximumMinutes!: number | null;

  @ApiProperty()
  memoryMiB!: number;
}

export const baseOf = (viewer: Viewer): BaseDto => ({
  id: viewer.id,
  title: viewer.title,
  sentence: viewer.sentence,
  licence: viewer.licence,
  formats: viewer.formats,
  maximumMinutes: viewer.maximumMinutes,
  memoryMiB: viewer.resources.memoryMiB,
});

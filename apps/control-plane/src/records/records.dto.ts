import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import {
  FORMATS,
  type Format,
  type Integrity,
  type ItemDetail,
  type ItemView,
  type SeriesView,
} from '@vitrine/records';
import { Id, ListedIds } from '../http/index.js';

const KINDS = ['imaging', 'genome', 'document'] as const;
const STATES = ['kept', 'pending'] as const;
const MISMATCHES = ['none', 'unconfirmed', 'confirmed'] as const;
const SENDERS = ['provider', 'viewer'] as const;
const ORIGINS = ['self', ...SENDERS] as const;
const FILE_FORMATS = [...FORMATS, 'index'] as const;

export class StudyDto {
  @ApiProperty({ type: [String] })
  modalities!: readonly string[];
  @ApiProperty()
  description!: string;
  @ApiProperty()
  bodyPart!: string;
  @ApiProperty()
  institution!: string;
  @ApiProperty()
  patientName!: string;
  @ApiProperty({ description: '`YYYY-MM-DD` or empty.' })
  patientBirthDate!: string;
  @ApiProperty()
  seriesCount!: number;
  @ApiProperty({ enum: MISMATCHES })
  mismatch!: (typeof MISMATCHES)[number];
}

export class AboutDocumentDto {
  @ApiProperty()
  institution!: string;
  @ApiProperty()
  patientName!: string;
  @ApiProperty({ description: '`YYYY-MM-DD` or empty.' })
  patientBirthDate!: string;
  @ApiProperty({ enum: MISMATCHES })
  mismatch!: (typeof MISMATCHES)[number];
}

export class FromDto {
  @ApiProperty({ enum: SENDERS, description: 'viewer: it was saved in one by whoever steered it.' })
  kind!: (typeof SENDERS)[number];
  @ApiProperty({ description: 'Or the name of the viewer.' })
  organisation!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Thrown away then, unless it is kept before.' })
  until?: string;
}

export class ItemDto implements ItemView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: KINDS })
  kind!: (typeof KINDS)[number];
  @ApiProperty({ enum: STATES })
  state!: (typeof STATES)[number];
  @ApiProperty({ description: 'Plain words.' })
  title!: string;
  @ApiProperty({ type: String, nullable: true, description: '`YYYY-MM-DD`' })
  takenOn!: string | null;
  @ApiProperty({ format: 'date-time' })
  addedAt!: string;
  @ApiProperty({ enum: FORMATS, isArray: true })
  formats!: readonly Format[];
  @ApiProperty({ description: 'Images of a study, files otherwise.' })
  count!: number;
  @ApiProperty()
  bytes!: number;
  @ApiProperty()
  hasThumbnail!: boolean;
  @ApiProperty({ description: 'Files of it that were found damaged when they were last read.' })
  damagedFiles!: number;
  @ApiPropertyOptional({ type: StudyDto, description: 'For imaging only.' })
  study?: StudyDto;
  @ApiPropertyOptional({
    type: AboutDocumentDto,
    description: 'For a document that says of itself what it is about.',
  })
  document?: AboutDocumentDto;
  @ApiPropertyOptional({
    type: FromDto,
    description: 'Only for what a provider deposited or what was saved in a viewer.',
  })
  from?: FromDto;
}

export class SeriesDto implements SeriesView {
  @ApiProperty()
  uid!: string;
  @ApiProperty()
  modality!: string;
  @ApiProperty()
  description!: string;
  @ApiProperty({ type: Number, nullable: true })
  number!: number | null;
  @ApiProperty()
  images!: number;
}

export class ItemFileDto {
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: FILE_FORMATS })
  format!: (typeof FILE_FORMATS)[number];
  @ApiProperty()
  bytes!: number;
}

export class OriginDto {
  @ApiProperty({ enum: ORIGINS })
  kind!: (typeof ORIGINS)[number];
  @ApiProperty()
  name!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
}

export class ItemDetailDto extends ItemDto implements ItemDetail {
  @ApiProperty({ type: [SeriesDto] })
  series!: readonly SeriesDto[];
  @ApiProperty({ type: [ItemFileDto], description: 'The first 500.' })
  files!: readonly ItemFileDto[];
  @ApiProperty({ type: OriginDto })
  origin!: OriginDto;
}

export class RecordDto {
  @ApiProperty({ type: [ItemDto] })
  items!: readonly ItemDto[];
}

export class DamagedItemDto {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  title!: string;
  @ApiProperty()
  damagedFiles!: number;
}

export class IntegrityDto implements Integrity {
  @ApiProperty({ description: 'Stored files of the record.' })
  files!: number;
  @ApiProperty({ description: 'Of these, found to be what they were when they came.' })
  intact!: number;
  @ApiProperty()
  damaged!: number;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Nothing was last checked before; null while some file was never checked.',
  })
  checkedAt!: string | null;
  @ApiProperty({ type: [DamagedItemDto] })
  items!: readonly DamagedItemDto[];
}

export class RecordQueryDto {
  @ApiPropertyOptional({ description: 'Words, or beginnings of words, that all have to occur.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  q?: string;

  @ApiPropertyOptional({ enum: KINDS })
  @IsOptional()
  @IsIn(KINDS)
  kind?: (typeof KINDS)[number];
}

/** More ids do not fit into an address; whoever wants more takes everything. */
const SELECTED_AT_MOST = 200;

export class ExportQueryDto {
  @ApiPropertyOptional({
    type: String,
    description: `Ids of things in the record, with commas between, at most ${SELECTED_AT_MOST}; everything if absent.`,
  })
  @IsOptional()
  @ListedIds(SELECTED_AT_MOST)
  items?: string[];

  @ApiPropertyOptional({ description: 'Seals it with the passphrase of this lock.' })
  @IsOptional()
  @Id()
  lock?: string;
}

export class NewExportLockDto {
  @ApiProperty({ description: 'Letters, digits and signs of ASCII, which every program writes alike.' })
  @Matches(/^[\x20-\x7e]{10,200}$/)
  passphrase!: string;
}

export class ExportLockDto {
  @ApiProperty()
  id!: string;
  @ApiProperty({ format: 'date-time', description: 'Until then a download with it can go on.' })
  until!: string;
}

export class AcceptDto {
  @ApiPropertyOptional({ description: 'The patient says that images under another name are theirs.' })
  @IsOptional()
  @IsBoolean()
  confirmMismatch?: boolean;
}

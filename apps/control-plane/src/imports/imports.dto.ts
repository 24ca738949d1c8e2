import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { DepositView, ImportNote, ImportState, ImportView } from '@vitrine/exchange';
import { ItemDto } from '../records/records.dto.js';

const STATES = ['receiving', 'examining', 'done', 'failed'] as const satisfies readonly ImportState[];
const DECISIONS = ['pending', 'accepted', 'rejected'] as const;

export class NewImportDto {
  @ApiPropertyOptional({ description: 'For providers: the code that the patient made.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  depositCode?: string;
}

export class ImportNoteDto {
  @ApiProperty({ description: 'The name that the file came with; empty when it concerns the whole.' })
  name!: string;
  @ApiProperty({
    type: String,
    description:
      'A code of the error table, or exchange.flagged, exchange.gone, exchange.hidden-content, exchange.ignored, exchange.left-behind, exchange.not-scanned, exchange.unkept.',
  })
  code!: ImportNote['code'];
  @ApiProperty()
  message!: string;
  @ApiPropertyOptional({
    description: 'The name of the signature, where the virus scanner recognised something.',
  })
  detail?: string;
}

export class DepositDto implements DepositView {
  @ApiProperty()
  title!: string;
  @ApiProperty()
  count!: number;
  @ApiProperty({ enum: DECISIONS })
  decision!: (typeof DECISIONS)[number];
  @ApiProperty({ type: String, nullable: true, format: 'date-time' })
  decidedAt!: string | null;
}

export class ImportDto {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: STATES })
  state!: (typeof STATES)[number];
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: String, nullable: true, format: 'date-time' })
  finishedAt!: string | null;
  @ApiProperty()
  filesReceived!: number;
  @ApiProperty()
  filesExamined!: number;
  @ApiProperty()
  filesStored!: number;
  @ApiProperty()
  filesDuplicate!: number;
  @ApiProperty({ type: [ImportNoteDto] })
  notes!: readonly ImportNoteDto[];
  @ApiProperty({ description: 'Notes beyond those that are listed.' })
  notesOmitted!: number;
  @ApiProperty({ type: [ItemDto], description: 'Empty for a deposit.' })
  items!: readonly ItemDto[];
  @ApiProperty({
    type: [DepositDto],
    description: 'For a deposit: what was sent and what the patient answered.',
  })
  deposits!: readonly DepositDto[];
}

export const importDto = ({ notes, ...view }: ImportView): ImportDto => ({
  ...view,
  notes: notes.map(noteDto),
});

export const noteDto = ({ untrustedName, code, message, detail }: ImportNote): ImportNoteDto => ({
  name: untrustedName,
  code,
  message,
  ...(detail === undefined ? {} : { detail }),
});

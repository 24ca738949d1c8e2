import { ApiProperty } from '@nestjs/swagger';
import type { Loss } from '@vitrine/exchange';
import { ImportNoteDto } from '../imports/imports.dto.js';

const KINDS = ['viewer', 'provider'] as const satisfies readonly Loss['from']['kind'][];

export class LossSourceDto {
  @ApiProperty({ enum: KINDS })
  kind!: (typeof KINDS)[number];
  @ApiProperty({ description: 'The viewer’s name, or the organisation that sent it.' })
  name!: string;
}

export class LossDto {
  @ApiProperty()
  id!: string;
  @ApiProperty({ format: 'date-time', description: 'When it came, or was to be taken out of the viewer.' })
  at!: string;
  @ApiProperty({ type: LossSourceDto })
  from!: LossSourceDto;
  @ApiProperty({ description: 'False where some of it was kept.' })
  isWhole!: boolean;
  @ApiProperty({
    type: [ImportNoteDto],
    description: 'Each file that was not kept, as far as known, and why.',
  })
  notes!: readonly ImportNoteDto[];
  @ApiProperty({ description: 'Notes beyond those that are listed.' })
  notesOmitted!: number;
}

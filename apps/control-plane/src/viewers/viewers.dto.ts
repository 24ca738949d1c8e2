import { ApiProperty } from '@nestjs/swagger';
import { ListedIds } from '../http/index.js';

export class ViewersQueryDto {
  @ApiProperty({
    type: String,
    description: 'What is to be opened: ids of things in the record, with commas between.',
  })
  @ListedIds(200)
  items!: string[];
}

export class OfferedViewerDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty({ description: 'What it is for, in one plain sentence.' })
  sentence!: string;

  @ApiProperty({ description: 'The one to take if the person has no other wish.' })
  best!: boolean;

  @ApiProperty()
  hasIcon!: boolean;

  @ApiProperty({
    type: [String],
    description:
      'Whom it speaks with, if the person says yes; usually nobody. `name`, or `name:port` where that is not 443.',
  })
  egress!: string[];
}

export class OfferedViewersDto {
  @ApiProperty({ type: [OfferedViewerDto], description: 'Those that can open all of it, the best first.' })
  viewers!: OfferedViewerDto[];

  @ApiProperty({ description: 'None can open all of it yet, and one may in a few minutes.' })
  soon!: boolean;
}

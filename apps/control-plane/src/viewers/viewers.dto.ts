import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, Matches } from 'class-validator';

export class ViewersQueryDto {
  @ApiProperty({
    type: String,
    description: 'What is to be opened: ids of things in the record, with commas between.',
  })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @Matches(/^[0-9a-f]{32}$/, { each: true })
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
}

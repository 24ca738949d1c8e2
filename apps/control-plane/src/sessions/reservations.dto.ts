import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsISO8601, IsOptional, Matches, Max, Min } from 'class-validator';
import { DAYS_AHEAD, SHORTEST_MINUTES } from '@vitrine/sessions';
import { Ids, ViewerId } from '../http/index.js';
import { MOST_ITEMS } from './session.dto.js';

const MINUTES_OF_A_DAY = 24 * 60;

export class NewReservationDto {
  @ApiProperty({ type: [String], description: 'What is to be looked at: ids of things in the record.' })
  @Ids(MOST_ITEMS)
  itemIds!: string[];

  @ApiPropertyOptional({ description: 'The best fitting viewer if absent.' })
  @IsOptional()
  @ViewerId()
  viewerId?: string;

  @ApiProperty({
    format: 'date-time',
    description: `With its offset from UTC. At least one hour and at most ${DAYS_AHEAD} days from now.`,
  })
  // A time without an offset would be the server's own.
  @Matches(/T.+(Z|[+-]\d\d:\d\d)$/)
  @IsISO8601({ strict: true, strictSeparator: true })
  beginsAt!: string;

  @ApiProperty({ minimum: SHORTEST_MINUTES, maximum: MINUTES_OF_A_DAY })
  @IsInt()
  @Min(SHORTEST_MINUTES)
  @Max(MINUTES_OF_A_DAY)
  minutes!: number;
}

export class ReservationDto {
  @ApiProperty()
  id!: string;

  @ApiProperty({ description: 'What it was kept for.' })
  title!: string;

  @ApiProperty({ type: [String] })
  itemIds!: string[];

  @ApiProperty({ type: String, nullable: true, description: 'Null for the best fitting one.' })
  viewerId!: string | null;

  @ApiProperty({ format: 'date-time' })
  beginsAt!: string;

  @ApiProperty({ format: 'date-time' })
  endsAt!: string;

  @ApiProperty({ format: 'date-time', description: 'A viewer that is opened from now on has the place.' })
  opensAt!: string;
}

export class ReservationsDto {
  @ApiProperty({ type: [ReservationDto], description: 'Those that are kept, the next one first.' })
  reservations!: ReservationDto[];

  @ApiProperty({ description: 'How many one person may have.' })
  most!: number;

  @ApiProperty({ description: 'No place is kept for longer.' })
  longestMinutes!: number;
}

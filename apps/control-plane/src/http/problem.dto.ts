import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** The body of every failure: RFC 9457 with the code of the error table. */
export class ProblemDto {
  @ApiProperty({ example: 'urn:vitrine:problem:delegation.link-expired' })
  type!: string;

  @ApiProperty({ example: 'Gone', description: 'The name of the status.' })
  title!: string;

  @ApiProperty({ example: 410 })
  status!: number;

  @ApiProperty({ example: 'delegation.link-expired', description: 'A row of the error table.' })
  code!: string;

  @ApiProperty({ description: 'What happened and what to do next, for the person who reads it.' })
  detail!: string;

  @ApiProperty({ example: 'urn:vitrine:request:6f…', description: 'Finds this request in the log.' })
  instance!: string;

  @ApiProperty({ enum: ['never', 'later'], description: 'Whether the same request may succeed later.' })
  retry!: 'never' | 'later';

  @ApiPropertyOptional({ type: [String], description: 'For kernel.invalid: which members are not right.' })
  fields?: string[];

  @ApiPropertyOptional({
    description: 'For a wrong passcode: how many tries are left in the life of the link.',
  })
  remainingTries?: number;

  @ApiPropertyOptional({ description: 'Seconds until the same request is let through again.' })
  retryAfter?: number;
}

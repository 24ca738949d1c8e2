import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { AUDIT_ACTIONS, type AuditAction, type AuditOutcome } from '@vitrine/audit';

export class AuditQueryDto {
  @ApiPropertyOptional({ description: 'The sequence of the last line already seen.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  before?: number;

  @ApiPropertyOptional({ default: 50, minimum: 1, maximum: 200 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;
}

export class AuditAgentDto {
  @ApiProperty({ enum: ['account', 'visitor', 'system'] })
  kind!: 'account' | 'visitor' | 'system';

  @ApiProperty({ description: 'The name as it was then.' })
  name!: string;

  @ApiProperty({ description: 'It was the reader.' })
  you!: boolean;
}

export class AuditEntityDto {
  @ApiProperty({
    enum: [
      'item',
      'session',
      'reservation',
      'link',
      'deposit-code',
      'access-token',
      'import',
      'viewer',
      'account',
    ],
  })
  kind!: string;

  @ApiProperty()
  id!: string;

  @ApiPropertyOptional()
  label?: string;
}

export class AuditEventDto {
  @ApiProperty()
  sequence!: number;

  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ enum: Object.keys(AUDIT_ACTIONS) })
  action!: AuditAction;

  @ApiProperty({ enum: ['success', 'refused', 'failed'] })
  outcome!: AuditOutcome;

  @ApiProperty({ type: AuditAgentDto })
  agent!: AuditAgentDto;

  @ApiProperty({ type: [AuditEntityDto] })
  entities!: AuditEntityDto[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
  })
  details!: Record<string, string | number | boolean>;
}

export class AuditPageDto {
  @ApiProperty({ type: [AuditEventDto], description: 'Latest first.' })
  events!: AuditEventDto[];

  @ApiProperty({ description: 'There are earlier lines.' })
  more!: boolean;
}

import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Problem, withDeadline } from '@vitrine/kernel';
import { Public } from '../http/index.js';
import { DiskWatch } from './disk-watch.js';

/** A server that does not even say no is as good as away. */
const DEADLINE_MS = 5_000;

export class HealthDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';

  /** `full`: no file is taken in until somebody makes room. Everything else goes on. */
  @ApiProperty({ enum: ['ok', 'full'], description: 'Of the disk that files are stored on.' })
  disk!: 'ok' | 'full';
}

/** For supervisors: the process answers and its database can be read. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly disk: DiskWatch,
  ) {}

  @Public()
  @Get()
  @ApiOkResponse({ type: HealthDto })
  async health(): Promise<HealthDto> {
    try {
      await withDeadline(DEADLINE_MS, 'kernel.database-away', () => this.database.query<unknown>('SELECT 1'));
    } catch (error) {
      throw error instanceof Problem ? error : new Problem('kernel.busy', { cause: error });
    }
    return { status: 'ok', disk: (await this.disk.isFull()) ? 'full' : 'ok' };
  }
}

import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { Account } from '@vitrine/identity';
import { Problem } from '@vitrine/kernel';
import {
  isOver,
  SESSION_STATES,
  sessionMiB,
  SessionService,
  SessionViews,
  type SessionState,
} from '@vitrine/sessions';
import { ViewerCatalogue } from '@vitrine/viewers';
import { CurrentAccount, Roles } from '../http/index.js';
import { IdPipe } from '../sessions/id.pipe.js';

export class AdminSessionDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  viewerTitle!: string;

  @ApiProperty({ enum: SESSION_STATES, enumName: 'SessionState' })
  state!: SessionState;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ description: 'How many look at it.' })
  participants!: number;

  @ApiProperty({ description: 'The most memory that it may take.' })
  memoryMiB!: number;
}

/** What runs on this server, for who keeps it running: never whose it is, what it shows, or a picture of it. */
@ApiTags('admin')
@Roles('admin')
@Controller('admin/sessions')
export class AdminSessionsController {
  constructor(
    private readonly sessions: SessionService,
    private readonly views: SessionViews,
    private readonly catalogue: ViewerCatalogue,
  ) {}

  @Get()
  @ApiOkResponse({ type: [AdminSessionDto] })
  async list(): Promise<AdminSessionDto[]> {
    const live = await this.sessions.allLive();
    const watching = await this.views.watching(live.map(({ id }) => id));
    return Promise.all(
      live.map(async ({ id, viewerId, state, createdAt, expiresAt, plan }) => ({
        id,
        viewerTitle: await this.catalogue.titleOf(viewerId),
        state,
        createdAt,
        expiresAt,
        participants: watching.get(id) ?? 0,
        memoryMiB: sessionMiB(plan),
      })),
    );
  }

  @Post(':id/end')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Nobody sees it any more.' })
  async end(@CurrentAccount() admin: Account, @Param('id', IdPipe) id: string): Promise<void> {
    const session = await this.sessions.find(id);
    if (!session || isOver(session.state)) throw new Problem('delegation.not-visible');
    const by = { kind: 'account' as const, id: admin.id, name: admin.name };
    await this.sessions.end(id, { reason: 'ended-by-admin', by });
  }
}

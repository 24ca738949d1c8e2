import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import type { Account } from '@vitrine/identity';
import { SessionViews, StudioService, type Beholder, type SessionAgent } from '@vitrine/sessions';
import { ViewerAdminDto, viewerForAdmin } from '../admin/admin-viewers.dto.js';
import { CookieSecret, CurrentAccount, RateLimited, Roles, type CallerRequest } from '../http/index.js';
import { DisplayDoor } from '../sessions/display-door.js';
import { IdPipe } from '../sessions/id.pipe.js';
import { SessionDto, TicketDto } from '../sessions/session.dto.js';
import { streamSession } from '../sessions/session-stream.js';
import { OpenBuildDto, SubmitBuildDto } from './studio.dto.js';

/** Copies of viewers' images in which admins install software. None of them ever sees anybody's record. */
@ApiTags('admin')
@Roles('admin')
@Controller('admin/studio/builds')
export class StudioController {
  constructor(
    private readonly studio: StudioService,
    private readonly views: SessionViews,
    private readonly door: DisplayDoor,
  ) {}

  @Post()
  @RateLimited(30)
  @ApiCreatedResponse({ type: SessionDto, description: 'It starts now; follow its events.' })
  async open(@CurrentAccount() admin: Account, @Body() { viewerId }: OpenBuildDto): Promise<SessionDto> {
    return this.views.of(await this.studio.open(viewerId, agent(admin)), beholder(admin));
  }

  @Get()
  @ApiOkResponse({ type: [SessionDto], description: 'Those that are not over, of all admins, latest first.' })
  async list(@CurrentAccount() admin: Account): Promise<SessionDto[]> {
    const builds = await this.studio.list();
    return Promise.all(builds.map((build) => this.views.of(build, beholder(admin))));
  }

  @Get(':id')
  @ApiOkResponse({ type: SessionDto })
  async show(@CurrentAccount() admin: Account, @Param('id', IdPipe) id: string): Promise<SessionDto> {
    return this.views.of(await this.studio.get(id), beholder(admin));
  }

  @Get(':id/events')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ type: SessionDto, description: 'One event for each change, each with the whole session.' })
  async events(
    @CurrentAccount() admin: Account,
    @Param('id', IdPipe) id: string,
    @Req() request: CallerRequest,
    @Res() response: Response,
  ): Promise<void> {
    await this.studio.get(id);
    await streamSession(request, response, this.views, id, beholder(admin));
  }

  @Post(':id/tickets')
  @RateLimited(120)
  @ApiCreatedResponse({ type: TicketDto })
  async ticket(
    @CurrentAccount() admin: Account,
    @CookieSecret() cookieHash: string,
    @Param('id', IdPipe) id: string,
  ): Promise<TicketDto> {
    const participant = { kind: 'account' as const, id: admin.id, name: admin.name };
    return this.door.ticket(await this.studio.get(id), participant, 'control', cookieHash);
  }

  @Post(':id/submit')
  @RateLimited(30)
  @ApiCreatedResponse({
    type: ViewerAdminDto,
    description: 'A viewer of its own. Its test runs now; then it waits for an approval. The build is over.',
  })
  async submit(
    @CurrentAccount() admin: Account,
    @Param('id', IdPipe) id: string,
    @Body() wish: SubmitBuildDto,
  ): Promise<ViewerAdminDto> {
    return viewerForAdmin(await this.studio.submit(id, wish, agent(admin)));
  }

  @Post(':id/discard')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Nothing of it is left.' })
  async discard(@CurrentAccount() admin: Account, @Param('id', IdPipe) id: string): Promise<void> {
    await this.studio.discard(id, agent(admin));
  }
}

const agent = ({ id, name }: Account): SessionAgent => ({ kind: 'account', id, name });

const beholder = ({ id }: Account): Beholder => ({ participantId: id, control: 'control', mine: true });

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
import { SessionViews, StudioService, type Beholder, type Builder } from '@vitrine/sessions';
import { ViewerAdminDto, viewerForAdmin } from '../admin/admin-viewers.dto.js';
import { CookieSecret, CurrentAccount, RateLimited, Roles, type CallerRequest } from '../http/index.js';
import { DisplayDoor } from '../sessions/display-door.js';
import { IdPipe } from '../sessions/id.pipe.js';
import { SessionDto, TicketDto } from '../sessions/session.dto.js';
import { streamSession } from '../sessions/session-stream.js';
import { BaseDto, baseOf, OpenBuildDto, SubmitBuildDto } from './studio.dto.js';

/**
 * Copies of viewers' images in which admins and vendors install software. None of them ever sees anybody's record. A
 * vendor sees nothing but the copies that are the vendor's own.
 */
@ApiTags('studio')
@Roles('admin', 'vendor')
@Controller('studio')
export class StudioController {
  constructor(
    private readonly studio: StudioService,
    private readonly views: SessionViews,
    private readonly door: DisplayDoor,
  ) {}

  @Get('bases')
  @ApiOkResponse({ type: [BaseDto], description: 'The viewers of which a copy can be opened.' })
  async bases(): Promise<BaseDto[]> {
    return (await this.studio.bases()).map(baseOf);
  }

  @Get('submitted')
  @ApiOkResponse({
    type: [ViewerAdminDto],
    description: 'What the caller has submitted, and how its test went.',
  })
  async submitted(@CurrentAccount() builder: Account): Promise<ViewerAdminDto[]> {
    return (await this.studio.submitted(asBuilder(builder))).map((viewer) => viewerForAdmin(viewer));
  }

  @Post('builds')
  @RateLimited(30)
  @ApiCreatedResponse({ type: SessionDto, description: 'It starts now; follow its events.' })
  async open(@CurrentAccount() builder: Account, @Body() { viewerId }: OpenBuildDto): Promise<SessionDto> {
    return this.views.of(await this.studio.open(viewerId, asBuilder(builder)), beholder(builder));
  }

  @Get('builds')
  @ApiOkResponse({
    type: [SessionDto],
    description: 'Those that are not over, latest first; of a vendor, the vendor’s own.',
  })
  async list(@CurrentAccount() builder: Account): Promise<SessionDto[]> {
    const builds = await this.studio.list(asBuilder(builder));
    return Promise.all(builds.map((build) => this.views.of(build, beholder(builder))));
  }

  @Get('builds/:id')
  @ApiOkResponse({ type: SessionDto })
  async show(@CurrentAccount() builder: Account, @Param('id', IdPipe) id: string): Promise<SessionDto> {
    return this.views.of(await this.studio.get(id, asBuilder(builder)), beholder(builder));
  }

  @Get('builds/:id/events')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ type: SessionDto, description: 'One event for each change, each with the whole session.' })
  async events(
    @CurrentAccount() builder: Account,
    @Param('id', IdPipe) id: string,
    @Req() request: CallerRequest,
    @Res() response: Response,
  ): Promise<void> {
    await this.studio.get(id, asBuilder(builder));
    await streamSession(request, response, this.views, id, beholder(builder));
  }

  @Post('builds/:id/tickets')
  @RateLimited(120)
  @ApiCreatedResponse({ type: TicketDto })
  async ticket(
    @CurrentAccount() builder: Account,
    @CookieSecret() cookieHash: string,
    @Param('id', IdPipe) id: string,
  ): Promise<TicketDto> {
    const participant = { kind: 'account' as const, id: builder.id, name: builder.name };
    return this.door.ticket(
      await this.studio.get(id, asBuilder(builder)),
      participant,
      'control',
      cookieHash,
    );
  }

  @Post('builds/:id/submit')
  @RateLimited(30)
  @ApiCreatedResponse({
    type: ViewerAdminDto,
    description: 'A viewer of its own. Its test runs now; then it waits for an approval. The build is over.',
  })
  async submit(
    @CurrentAccount() builder: Account,
    @Param('id', IdPipe) id: string,
    @Body() wish: SubmitBuildDto,
  ): Promise<ViewerAdminDto> {
    return viewerForAdmin(await this.studio.submit(id, wish, asBuilder(builder)));
  }

  @Post('builds/:id/discard')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Nothing of it is left.' })
  async discard(@CurrentAccount() builder: Account, @Param('id', IdPipe) id: string): Promise<void> {
    await this.studio.discard(id, asBuilder(builder));
  }
}

const asBuilder = ({ id, name, role }: Account): Builder => ({
  agent: { kind: 'account', id, name },
  seesAll: role === 'admin',
});

const beholder = ({ id }: Account): Beholder => ({ participantId: id, control: 'control', mine: true });

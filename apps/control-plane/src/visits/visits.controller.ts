import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Visits, type KnownGrant, type ShareLink } from '@vitrine/delegation';
import { Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { SessionViews } from '@vitrine/sessions';
import {
  CookieSecret,
  CurrentVisitor,
  Public,
  RateLimited,
  readCookie,
  VISIT_COOKIE,
  Visitor,
  writeCookie,
  type CallerRequest,
} from '../http/index.js';
import { DisplayDoor } from '../sessions/display-door.js';
import { SessionDto, TicketDto } from '../sessions/session.dto.js';
import { streamSession } from '../sessions/session-stream.js';
import { LinkSecretDto, RedeemLinkDto, VisitDto, VisitPreviewDto } from './visit.dto.js';
import { VisitFacts } from './visit-facts.js';
import { VisitSessions, visitorEyes } from './visit-sessions.js';

/** The whole world of somebody who came by a share link: this one viewer. */
@ApiTags('visit')
@Controller('visit')
export class VisitsController {
  constructor(
    private readonly visits: Visits,
    private readonly facts: VisitFacts,
    private readonly sessions: VisitSessions,
    private readonly views: SessionViews,
    private readonly door: DisplayDoor,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Public()
  @RateLimited(30)
  @Post('preview')
  @HttpCode(200)
  @ApiOkResponse({ type: VisitPreviewDto, description: 'Uses nothing up.' })
  async preview(@Body() { secret }: LinkSecretDto, @Req() request: Request): Promise<VisitPreviewDto> {
    const { link, alreadyIn } = await this.visits.preview(secret, readCookie(request, VISIT_COOKIE));
    return { ...(await this.facts.of(link)), needsPasscode: link.passcodeHash !== null && !alreadyIn };
  }

  @Public()
  @RateLimited(20)
  @Post('redeem')
  @HttpCode(200)
  @ApiOkResponse({ type: VisitDto, description: 'Sets the visit cookie.' })
  async redeem(
    @Body() { secret, name, passcode }: RedeemLinkDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<VisitDto> {
    const redeemed = await this.visits.redeem({
      secret,
      visitorName: name,
      passcode,
      visitSecret: readCookie(request, VISIT_COOKIE),
    });
    writeCookie(response, this.settings, VISIT_COOKIE, redeemed.visitSecret, redeemed.grant.expiresAt);
    return this.visit(redeemed);
  }

  @Visitor()
  @Get()
  @ApiOkResponse({ type: VisitDto })
  show(@CurrentVisitor() visitor: KnownGrant): Promise<VisitDto> {
    return this.visit(visitor);
  }

  @Visitor()
  @RateLimited(30)
  @Post('open')
  @HttpCode(200)
  @ApiOkResponse({ type: SessionDto, description: 'The viewer that runs, or one that starts now.' })
  async open(@CurrentVisitor() visitor: KnownGrant): Promise<SessionDto> {
    return this.views.of(await this.sessions.open(visitor), visitorEyes(visitor));
  }

  @Visitor()
  @Get('events')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ type: SessionDto, description: 'One event for each change of the viewer that runs.' })
  async events(
    @CurrentVisitor() visitor: KnownGrant,
    @Req() request: CallerRequest,
    @Res() response: Response,
  ): Promise<void> {
    const { id } = await this.running(visitor);
    await streamSession(request, response, this.views, id, visitorEyes(visitor));
  }

  @Visitor()
  @RateLimited(120)
  @Post('tickets')
  @ApiCreatedResponse({ type: TicketDto })
  async ticket(
    @CurrentVisitor() visitor: KnownGrant,
    @CookieSecret() cookieHash: string,
  ): Promise<TicketDto> {
    const { grant, link } = visitor;
    const participant = { kind: 'visitor' as const, id: grant.id, name: grant.visitorName, linkId: link.id };
    return this.door.ticket(await this.running(visitor), participant, link.control, cookieHash);
  }

  private async running(visitor: KnownGrant) {
    const session = await this.sessions.current(visitor);
    if (!session) throw new Problem('sessions.ended');
    return session;
  }

  private async visit(visitor: KnownGrant): Promise<VisitDto> {
    const { grant, link } = visitor;
    const [facts, session] = await Promise.all([this.facts.of(link), this.sessions.current(visitor)]);
    return {
      ...facts,
      // The visit may end before the link does.
      expiresAt: earlier(grant.expiresAt, link),
      visitorName: grant.visitorName,
      session: session && (await this.views.of(session, visitorEyes(visitor))),
    };
  }
}

const earlier = (at: string, link: ShareLink): string => (at < link.expiresAt ? at : link.expiresAt);

import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import type { Account, Patient } from '@vitrine/identity';
import { SessionService, SessionViews, type Beholder, type SessionAgent } from '@vitrine/sessions';
import {
  CookieSecret,
  CurrentAccount,
  CurrentPatient,
  RateLimited,
  Roles,
  type CallerRequest,
} from '../http/index.js';
import { DisplayDoor } from './display-door.js';
import { IdPipe } from './id.pipe.js';
import { SessionDto, StartSessionDto, TicketDto } from './session.dto.js';
import { streamSession } from './session-stream.js';

/** A patient's own viewers. */
@ApiTags('sessions')
@Roles('patient')
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionService,
    private readonly views: SessionViews,
    private readonly door: DisplayDoor,
  ) {}

  @Post()
  @RateLimited(30)
  @ApiCreatedResponse({ type: SessionDto, description: 'It starts now; follow its events.' })
  async start(
    @CurrentPatient() patient: Patient,
    @CurrentAccount() account: Account,
    @Body() body: StartSessionDto,
  ): Promise<SessionDto> {
    const session = await this.sessions.request({
      patientId: patient.id,
      startedBy: agent(account),
      itemIds: body.itemIds,
      ...(body.viewerId === undefined ? {} : { viewerId: body.viewerId }),
      ...(body.egress === undefined ? {} : { egress: body.egress }),
    });
    return this.views.of(session, owner(account));
  }

  @Get()
  @ApiOkResponse({ type: [SessionDto], description: 'Those that are not over, latest first.' })
  async list(@CurrentPatient() patient: Patient, @CurrentAccount() account: Account): Promise<SessionDto[]> {
    const live = await this.sessions.liveOfPatient(patient.id);
    return Promise.all(live.map((session) => this.views.of(session, owner(account))));
  }

  @Get(':id')
  @ApiOkResponse({ type: SessionDto })
  async show(
    @CurrentPatient() patient: Patient,
    @CurrentAccount() account: Account,
    @Param('id', IdPipe) id: string,
  ): Promise<SessionDto> {
    return this.views.of(await this.sessions.ofPatient(patient.id, id), owner(account));
  }

  @Get(':id/events')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ type: SessionDto, description: 'One event for each change, each with the whole session.' })
  async events(
    @CurrentPatient() patient: Patient,
    @CurrentAccount() account: Account,
    @Param('id', IdPipe) id: string,
    @Req() request: CallerRequest,
    @Res() response: Response,
  ): Promise<void> {
    await this.sessions.ofPatient(patient.id, id);
    await streamSession(request, response, this.views, id, owner(account));
  }

  @Post(':id/stop')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Nobody sees it any more.' })
  async stop(
    @CurrentPatient() patient: Patient,
    @CurrentAccount() account: Account,
    @Param('id', IdPipe) id: string,
  ): Promise<void> {
    await this.sessions.ofPatient(patient.id, id);
    await this.sessions.end(id, { reason: 'stopped', by: agent(account) });
  }

  @Post(':id/tickets')
  @RateLimited(120)
  @ApiCreatedResponse({ type: TicketDto })
  async ticket(
    @CurrentPatient() patient: Patient,
    @CurrentAccount() account: Account,
    @CookieSecret() cookieHash: string,
    @Param('id', IdPipe) id: string,
  ): Promise<TicketDto> {
    const session = await this.sessions.ofPatient(patient.id, id);
    const participant = { kind: 'account' as const, id: account.id, name: account.name };
    return this.door.ticket(session, participant, 'control', cookieHash);
  }

  @Delete(':id/participants/:participationId')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Out, and not able to come back by the same visit.' })
  async sendOut(
    @CurrentPatient() patient: Patient,
    @Param('id', IdPipe) id: string,
    @Param('participationId', IdPipe) participationId: string,
  ): Promise<void> {
    await this.sessions.ofPatient(patient.id, id);
    await this.door.sendOut(await this.views.participation(id, participationId));
  }
}

const agent = (account: Account): SessionAgent => ({ kind: 'account', id: account.id, name: account.name });

const owner = (account: Account): Beholder => ({ participantId: account.id, control: 'control', mine: true });

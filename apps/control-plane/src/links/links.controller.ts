import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { LinkMail, ShareLinks } from '@vitrine/delegation';
import type { KnownSignIn, Patient } from '@vitrine/identity';
import { LOGGER, type Logger } from '@vitrine/kernel';
import { SessionService } from '@vitrine/sessions';
import { CurrentPatient, CurrentSignIn, RateLimited, Roles } from '../http/index.js';
import { LinkTargets } from './link-target.js';
import { LinkViews } from './link-views.js';
import { LinkDto, MadeLinkDto, NewLinkDto } from './links.dto.js';

/** Share links of the patient who is signed in. */
@ApiTags('links')
@Roles('patient')
@Controller('links')
export class LinksController {
  constructor(
    private readonly links: ShareLinks,
    private readonly targets: LinkTargets,
    private readonly views: LinkViews,
    private readonly mail: LinkMail,
    private readonly sessions: SessionService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  // Mail goes out with it: nobody may use the house to send letters by the hundred.
  @RateLimited(60, 10)
  @Post()
  @ApiCreatedResponse({ type: MadeLinkDto })
  async create(
    @CurrentSignIn() known: KnownSignIn,
    @CurrentPatient() patient: Patient,
    @Body() body: NewLinkDto,
  ): Promise<MadeLinkDto> {
    const target = await this.targets.of({ ...known, patient }, body);
    const { link, url } = await this.links.create(
      { account: known.account, patient },
      {
        itemIds: target.itemIds,
        viewerId: target.viewerId,
        sessionId: body.sessionId,
        label: body.label,
        control: body.control,
        watermark: body.watermark,
        expiresInMinutes: body.expiresInMinutes,
        maximumUses: body.maximumUses,
        passcode: body.passcode,
        recipientEmail: body.recipientEmail,
      },
    );
    const mail = await this.mail.send(link, url, patient.name);
    return { link: await this.views.one(link), url, mail };
  }

  @Get()
  @ApiOkResponse({ type: [LinkDto] })
  async list(@CurrentPatient() patient: Patient): Promise<LinkDto[]> {
    return this.views.all(await this.links.ofPatient(patient.id));
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @ApiOkResponse({ type: LinkDto, description: 'After the last display that was open by it is closed.' })
  async revoke(
    @CurrentSignIn() { account }: KnownSignIn,
    @CurrentPatient() patient: Patient,
    @Param('id') id: string,
  ): Promise<LinkDto> {
    const { link, grantIds } = await this.links.revoke({ account, patient }, id);
    // Every display is closed by now; what the visitors had started is taken away behind them.
    this.sessions
      .endStartedBy(grantIds)
      .catch((error: unknown) => this.logger.warn({ linkId: link.id, err: error }, 'left to the next sweep'));
    return this.views.one(link);
  }
}

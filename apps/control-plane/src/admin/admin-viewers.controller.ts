import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { agentOf, type Account } from '@vitrine/identity';
import { EgressRevocation } from '@vitrine/sessions';
import {
  ImageInventory,
  ViewerAdmission,
  ViewerCatalogue,
  ViewerRegistrar,
  type Viewer,
} from '@vitrine/viewers';
import { CurrentAccount, Roles } from '../http/index.js';
import {
  AllowResultsDto,
  AllowEgressDto,
  IsolateViewerDto,
  IsolationsDto,
  RegisterViewerDto,
  ViewerAdminDto,
  viewerForAdmin,
} from './admin-viewers.dto.js';

/** The media type that CycloneDX has at IANA. */
const CYCLONE_DX = 'application/vnd.cyclonedx+json';

/** Which images may show people's records. */
@ApiTags('admin')
@Roles('admin')
@Controller('admin/viewers')
export class AdminViewersController {
  constructor(
    private readonly catalogue: ViewerCatalogue,
    private readonly registrar: ViewerRegistrar,
    private readonly admission: ViewerAdmission,
    private readonly revocation: EgressRevocation,
    private readonly inventory: ImageInventory,
  ) {}

  @Get()
  @ApiOkResponse({ type: [ViewerAdminDto] })
  async list(): Promise<ViewerAdminDto[]> {
    const viewers = await this.catalogue.all();
    const packages = await this.inventory.counts(viewers.map(({ imageDigest }) => imageDigest));
    return viewers.map((viewer) => viewerForAdmin(viewer, packages));
  }

  @Post()
  @ApiCreatedResponse({
    type: ViewerAdminDto,
    description: 'Pinned; its test runs now. Offered if it passes.',
  })
  async register(
    @CurrentAccount() admin: Account,
    @Body() { reference }: RegisterViewerDto,
  ): Promise<ViewerAdminDto> {
    const viewer = await this.registrar.register(reference, agentOf(admin));
    this.admission.enqueue(viewer.id);
    return this.changed(viewer);
  }

  @Get('isolations')
  @ApiOkResponse({ type: IsolationsDto })
  async isolations(): Promise<IsolationsDto> {
    return { isolations: await this.registrar.isolations() };
  }

  @Get(':id')
  @ApiOkResponse({ type: ViewerAdminDto })
  async show(@Param('id') id: string): Promise<ViewerAdminDto> {
    const viewer = await this.catalogue.get(id);
    return viewerForAdmin(viewer, await this.inventory.counts([viewer.imageDigest]));
  }

  @Get(':id/sbom')
  @ApiProduces(CYCLONE_DX)
  @ApiOkResponse({ description: 'CycloneDX 1.5: the packages of Debian that are installed in its image.' })
  async sbom(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const { imageDigest } = await this.catalogue.get(id);
    const { sbom } = await this.inventory.of(imageDigest);
    response
      .set('Content-Type', CYCLONE_DX)
      .set('Content-Disposition', `attachment; filename="${id}.cdx.json"`)
      .send(Buffer.from(sbom));
  }

  @Post(':id/approve')
  @HttpCode(200)
  @ApiOkResponse({ type: ViewerAdminDto, description: 'Made in the studio and tested; offered from now on.' })
  async approve(@CurrentAccount() admin: Account, @Param('id') id: string): Promise<ViewerAdminDto> {
    return viewerForAdmin(await this.registrar.approve(id, agentOf(admin)));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @ApiOkResponse({ type: ViewerAdminDto })
  async enable(@CurrentAccount() admin: Account, @Param('id') id: string): Promise<ViewerAdminDto> {
    return viewerForAdmin(await this.registrar.enable(id, agentOf(admin)));
  }

  @Post(':id/disable')
  @HttpCode(200)
  @ApiOkResponse({ type: ViewerAdminDto, description: 'Running viewers go on.' })
  async disable(@CurrentAccount() admin: Account, @Param('id') id: string): Promise<ViewerAdminDto> {
    return this.changed(await this.registrar.disable(id, agentOf(admin)));
  }

  @Post(':id/isolation')
  @HttpCode(200)
  @ApiOkResponse({ type: ViewerAdminDto, description: 'From its next start on. Its test runs now.' })
  async isolate(
    @CurrentAccount() admin: Account,
    @Param('id') id: string,
    @Body() { isolation }: IsolateViewerDto,
  ): Promise<ViewerAdminDto> {
    const viewer = await this.registrar.isolate(id, isolation, agentOf(admin));
    this.admission.enqueue(viewer.id);
    return this.changed(viewer);
  }

  @Post(':id/egress')
  @HttpCode(200)
  @ApiOkResponse({
    type: ViewerAdminDto,
    description:
      'Running viewers lose what is no longer allowed; what is new is for those that are started from now on.',
  })
  async allowEgress(
    @CurrentAccount() admin: Account,
    @Param('id') id: string,
    @Body() { egress }: AllowEgressDto,
  ): Promise<ViewerAdminDto> {
    return this.changed(await this.registrar.allowEgress(id, egress, agentOf(admin)));
  }

  @Post(':id/results')
  @HttpCode(200)
  @ApiOkResponse({ type: ViewerAdminDto, description: 'From its next start on.' })
  async results(
    @CurrentAccount() admin: Account,
    @Param('id') id: string,
    @Body() { allowed }: AllowResultsDto,
  ): Promise<ViewerAdminDto> {
    return viewerForAdmin(await this.registrar.allowResults(id, allowed, agentOf(admin)));
  }

  @Post(':id/test')
  @HttpCode(200)
  @ApiOkResponse({ type: ViewerAdminDto, description: 'The test runs now.' })
  async test(@CurrentAccount() admin: Account, @Param('id') id: string): Promise<ViewerAdminDto> {
    const viewer = await this.registrar.retest(id, agentOf(admin));
    this.admission.enqueue(viewer.id);
    return viewerForAdmin(viewer);
  }

  /** What runs has no more than the viewer as it is now; one that is not offered speaks with nobody. */
  private async changed(viewer: Viewer): Promise<ViewerAdminDto> {
    await this.revocation.keepOnly(viewer.id, viewer.state === 'offered' ? viewer.egress : []);
    return viewerForAdmin(viewer);
  }
}

import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DicomNodes } from '@vitrine/exchange';
import type { Account } from '@vitrine/identity';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { CurrentAccount, Roles } from '../http/index.js';
import { DicomNodeDto, dicomNodeDto, DicomNodesDto, listenerDto, NewDicomNodeDto } from './dicom.dto.js';

/** The PACS of the provider who is signed in. */
@ApiTags('dicom')
@Roles('provider')
@Controller('dicom-nodes')
export class DicomNodesController {
  constructor(
    private readonly nodes: DicomNodes,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @ApiOkResponse({ type: DicomNodesDto })
  async list(@CurrentAccount() account: Account): Promise<DicomNodesDto> {
    return {
      listener: listenerDto(this.settings),
      nodes: (await this.nodes.ofAccount(account.id)).map(dicomNodeDto),
    };
  }

  @Post()
  @ApiCreatedResponse({ type: DicomNodeDto })
  async register(@CurrentAccount() account: Account, @Body() draft: NewDicomNodeDto): Promise<DicomNodeDto> {
    return dicomNodeDto(await this.nodes.register(account, draft));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  async remove(@CurrentAccount() account: Account, @Param('id') id: string): Promise<void> {
    await this.nodes.remove(account, id);
  }
}

import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AuditService } from '@vitrine/audit';
import type { Account, Patient } from '@vitrine/identity';
import { CurrentAccount, CurrentPatient, Roles } from '../http/index.js';
import { AuditPageDto, AuditQueryDto } from './audit.dto.js';

/** Who did what with the reader's record. The portal makes sentences of it. */
@ApiTags('audit')
@Roles('patient')
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @ApiOkResponse({ type: AuditPageDto })
  async list(
    @CurrentPatient() patient: Patient,
    @CurrentAccount() account: Account,
    @Query() { before, limit }: AuditQueryDto,
  ): Promise<AuditPageDto> {
    const events = await this.audit.ofPatient(patient.id, limit + 1, before);
    return {
      more: events.length > limit,
      events: events.slice(0, limit).map(({ sequence, at, action, outcome, agent, entities, details }) => ({
        sequence,
        at,
        action,
        outcome,
        agent: { kind: agent.kind, name: agent.name, you: agent.id === account.id },
        entities,
        details,
      })),
    };
  }
}

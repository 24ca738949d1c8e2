import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AuditService, type AuditEvent } from '@vitrine/audit';
import type { Account, Patient } from '@vitrine/identity';
import { RecordsService } from '@vitrine/records';
import { CurrentAccount, CurrentPatient, Roles } from '../http/index.js';
import { AuditPageDto, AuditQueryDto } from './audit.dto.js';

/** Who did what with the reader's record. The portal makes sentences of it. */
@ApiTags('audit')
@Roles('patient')
@Controller('audit')
export class AuditController {
  constructor(
    private readonly audit: AuditService,
    private readonly records: RecordsService,
  ) {}

  @Get()
  @ApiOkResponse({ type: AuditPageDto })
  async list(
    @CurrentPatient() patient: Patient,
    @CurrentAccount() account: Account,
    @Query() { before, limit }: AuditQueryDto,
  ): Promise<AuditPageDto> {
    const found = await this.audit.ofPatient(patient.id, limit + 1, before);
    const events = found.slice(0, limit);
    const titles = await this.titlesOf(events);
    return {
      more: found.length > limit,
      events: events.map(({ sequence, at, action, outcome, agent, entities, details }) => ({
        sequence,
        at,
        action,
        outcome,
        agent: { kind: agent.kind, name: agent.name, you: agent.id === account.id },
        entities: entities.map(({ kind, id, label = titles.get(id) }) => ({
          kind,
          id,
          ...(label === undefined ? {} : { label }),
        })),
        details,
      })),
    };
  }

  /** Lines about links name what they open by id only; whoever reads wants the titles of what is still there. */
  private async titlesOf(events: readonly AuditEvent[]): Promise<Map<string, string>> {
    const ids = events.flatMap(({ entities }) =>
      entities.filter(({ kind, label }) => kind === 'item' && label === undefined).map(({ id }) => id),
    );
    return new Map((await this.records.views([...new Set(ids)])).map(({ id, title }) => [id, title]));
  }
}

import type { EntityManager } from 'typeorm';
import { SYSTEM_AGENT, type AuditOutcome, type AuditService } from '@vitrine/audit';
import type { Import } from './import.entity.js';

/** Tells in the patient's record of acts what became of what was saved in a viewer. */
export const recordResults = (
  audit: AuditService,
  manager: EntityManager,
  { patientId, sessionId, viewerTitle }: Pick<Import, 'patientId' | 'sessionId' | 'viewerTitle'>,
  outcome: AuditOutcome,
  itemIds: readonly string[] = [],
): Promise<void> =>
  audit.record(manager, {
    action: 'session.results-taken',
    agent: SYSTEM_AGENT,
    patientId,
    outcome,
    entities: [
      { kind: 'session', id: sessionId ?? '', label: viewerTitle ?? '' },
      ...itemIds.map((id) => ({ kind: 'item' as const, id })),
    ],
  });

import { IsNull, type EntityManager } from 'typeorm';
import { SYSTEM_AGENT, type AuditEntry, type AuditService } from '@vitrine/audit';
import type { Instant } from '@vitrine/kernel';
import { Session } from './session.entity.js';

/** Why a session may no longer speak with anybody, although it goes on. */
export type EgressEnd = 'somebody-joined' | 'no-longer-allowed';

/** With whom the patient let the session speak when it was started. */
export const egressOf = ({ plan }: Pick<Session, 'plan'>): readonly string[] => plan.egress ?? [];

export const isEgressOpen = (session: Pick<Session, 'plan' | 'egressClosedAt'>): boolean =>
  egressOf(session).length > 0 && session.egressClosedAt === null;

/** Ends a session’s way out for good, within the caller's transaction. No-op, without a line, where it has ended. */
export async function closeEgress(
  manager: EntityManager,
  audit: AuditService,
  session: Session,
  reason: EgressEnd,
  now: Instant,
): Promise<void> {
  const { affected } = await manager.update(
    Session,
    { id: session.id, egressClosedAt: IsNull() },
    { egressClosedAt: now },
  );
  if (affected === 1)
    await audit.record(manager, { ...lineOf(session), action: 'session.egress-closed', details: { reason } });
}

/** What all lines about a session's way out have in common: the session did it by itself. */
export const lineOf = (session: Session): Omit<AuditEntry, 'action'> => ({
  agent: SYSTEM_AGENT,
  patientId: session.patientId,
  entities: [{ kind: 'session', id: session.id, label: session.title }],
});

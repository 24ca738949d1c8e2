import type { EntityManager } from 'typeorm';
import { type AuditService, SYSTEM_AGENT } from '@vitrine/audit';
import type { GuestExamination } from '@vitrine/hypervisor';
import { Problem } from '@vitrine/kernel';
import type { SessionRole } from '@vitrine/session-host';
import { isolationOf, type Session, type SessionWalls } from './session.entity.js';

/** Collects what is seen of both guests. A guest whose walls do not stand stops the start. */
export class WallCheck {
  private readonly seen = new Map<SessionRole, GuestExamination>();

  /** Throws `hypervisor.unsafe-guest` when a wall is missing. */
  note(role: SessionRole, examination: GuestExamination): void {
    const { breaches } = examination;
    if (breaches.length > 0)
      throw new Problem('hypervisor.unsafe-guest', { logContext: { role, breaches: breaches.join('; ') } });
    this.seen.set(role, examination);
  }

  get walls(): SessionWalls {
    const [viewer, guacd] = [this.seen.get('viewer'), this.seen.get('guacd')];
    if (!viewer || !guacd)
      throw new Error('A session is not ready before both of its guests were looked at.');
    return { viewer, guacd };
  }
}

/** Tells in the patient's record of acts what was seen, within the transaction that makes the session ready. */
export const recordWalls = (
  audit: AuditService,
  manager: EntityManager,
  session: Session,
  { viewer, guacd }: SessionWalls,
): Promise<void> =>
  audit.record(manager, {
    action: 'session.checked',
    agent: SYSTEM_AGENT,
    patientId: session.patientId,
    entities: [{ kind: 'session', id: session.id, label: session.title }],
    details: {
      isolation: isolationOf(session.plan),
      ...told(viewer),
      ...Object.fromEntries(Object.entries(told(guacd)).map(([name, value]) => [bridgeName(name), value])),
    },
  });

/** As few words as tell it; the session keeps the rest. */
const told = (seen: GuestExamination): Readonly<Record<string, string>> => ({
  interfaces: seen.interfaces.join(' '),
  socketFamilies: seen.socketFamilies.join(' '),
  capabilities: seen.capabilities.join(' ') || 'none',
  seccomp: seen.seccomp,
  mounts: seen.mounts.map(({ path, isReadOnly }) => `${path} ${isReadOnly ? 'ro' : 'rw'}`).join(', '),
  writable: seen.writable.join(' '),
});

const bridgeName = (name: string): string => `bridge${name.charAt(0).toUpperCase()}${name.slice(1)}`;

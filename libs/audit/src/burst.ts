import type { AuditAction } from './audit-codes.js';
import { AuditEvent } from './audit-event.entity.js';

/** Acts that a program repeats for each of a thousand images. */
const REPEATED: ReadonlySet<AuditAction> = new Set(['record.added', 'record.deposited']);
/** A sender that pauses longer than this begins anew. */
const PAUSE_MS = 15 * 60_000;

/**
 * Two lines, one directly before the other, as one: the same agent did the same to the same items shortly after.
 * Undefined where they are two acts. The result has the time of the later and the sequence of the earlier, which is
 * where the next page begins; its `files` are those of both.
 */
export function asOneAct(later: AuditEvent, earlier: AuditEvent): AuditEvent | undefined {
  const pause = Date.parse(later.at) - Date.parse(earlier.at);
  const isOne =
    REPEATED.has(later.action) &&
    later.action === earlier.action &&
    later.outcome === earlier.outcome &&
    later.agent.kind === earlier.agent.kind &&
    later.agent.id === earlier.agent.id &&
    itemsOf(later) === itemsOf(earlier) &&
    pause <= PAUSE_MS;
  if (!isOne) return undefined;
  const files = Number(later.details['files'] ?? 0) + Number(earlier.details['files'] ?? 0);
  return Object.assign(new AuditEvent(), later, {
    sequence: earlier.sequence,
    details: { ...later.details, files },
  });
}

const itemsOf = ({ entities }: AuditEvent): string =>
  entities
    .filter(({ kind }) => kind === 'item')
    .map(({ id }) => id)
    .sort()
    .join(' ');

import type { AuditLine } from '../api/types.js';

const LOOKS = new Set<AuditLine['action']>([
  'session.started',
  'session.joined',
  'session.egress-began',
  'link.opened',
  'link.refused',
  'record.downloaded',
  'record.exported',
  'record.read',
  'drive.read',
]);

/** Somebody looked or tried to. That the reader's own display connected says nothing beside “You opened …”. */
export const isLook = (line: AuditLine): boolean =>
  LOOKS.has(line.action) && !(line.agent.you && line.action === 'session.joined');

/**
 * The looks at one thing. Who joins a view names the view only: what was in it, the line of its start says, and of a
 * link the line of its making.
 */
export function looksAt(lines: readonly AuditLine[], itemId: string): AuditLine[] {
  const carriers = new Set([itemId]);
  for (const { entities } of lines)
    if (entities.some(({ id }) => id === itemId))
      for (const { kind, id } of entities) if (kind === 'session' || kind === 'link') carriers.add(id);
  return lines.filter((line) => isLook(line) && line.entities.some(({ id }) => carriers.has(id)));
}

import type { KnownGrant } from './visits.service.js';

/**
 * What stands over the picture that a visitor sees: the name that they gave, the patient's own word for whom the link is
 * where that is another, and the day (UTC) on which they came in. A visitor can give any name, so it never stands alone.
 * One line; undefined where the patient wanted none. Names are isolated, so that one in a script that runs from right to
 * left does not turn the date around.
 */
export function watermarkOf({ grant, link }: KnownGrant): string | undefined {
  if (!link.watermark) return undefined;
  const visitor = isolated(grant.visitorName);
  const who = isSame(grant.visitorName, link.label) ? visitor : `${visitor} (${isolated(link.label)})`;
  return `${who} · ${grant.createdAt.slice(0, 'YYYY-MM-DD'.length)}`;
}

/** FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE, which no name that comes in may hold. */
const isolated = (name: string): string => `\u2068${name}\u2069`;

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

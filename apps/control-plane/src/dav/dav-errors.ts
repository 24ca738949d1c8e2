import { Problem, type ProblemCode } from '@vitrine/kernel';
import { errorAnswer } from '@vitrine/webdav';
import { davHref, DRIVE } from './dav-request.js';

/** Conditions of RFC 4918 §16 that programs know by name. */
const CONDITIONS: Partial<Record<ProblemCode, string>> = {
  'drive.too-deep': 'propfind-finite-depth',
  'drive.no-such-lock': 'lock-token-matches-request-uri',
  'drive.locked': 'lock-token-submitted',
};

/** The body in XML for a failure that WebDAV has a name for; undefined for all others. */
export function davErrorBody({ code, extensions }: Problem, method: string): string | undefined {
  const condition = code === 'drive.locked' && method === 'LOCK' ? 'no-conflicting-lock' : CONDITIONS[code];
  if (condition === undefined) return undefined;
  const { lockedPath } = extensions;
  const hrefs = Array.isArray(lockedPath) ? [davHref([DRIVE, ...(lockedPath as string[])], false)] : [];
  return errorAnswer(condition, hrefs);
}

import type { EntityManager } from 'typeorm';
import { Problem } from '@vitrine/kernel';
import { locksReaching } from './locks.js';
import { isFolder, locate, type Place } from './tree.js';

/** One list of an `If` header (RFC 4918 §10.4): all of it has to hold. */
export interface ConditionList {
  /** The place that it is about; `request` for that of the request, undefined for one that is not of this drive. */
  readonly path: readonly string[] | 'request' | undefined;
  readonly conditions: readonly {
    readonly not: boolean;
    readonly kind: 'token' | 'etag';
    readonly value: string;
  }[];
}

/** Under what conditions a request wants to act. */
export interface Conditions {
  /** One of them has to hold; none: always. */
  readonly lists: readonly ConditionList[];
  /** As the headers say it (RFC 9110 §13.1). */
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

export const etagOf = ({ version }: { readonly version: string }): string => `"${version}"`;

/** Every lock that the request names, wherever in the header. */
export const tokensOf = ({ lists }: Conditions): ReadonlySet<string> =>
  new Set(
    lists.flatMap(({ conditions }) =>
      conditions.filter(({ kind }) => kind === 'token').map(({ value }) => value),
    ),
  );

/** Throws `drive.precondition` when the request is not to be done as things are. */
export async function requireConditions(
  manager: EntityManager,
  patientId: string,
  place: Place,
  { lists, ifMatch, ifNoneMatch }: Conditions,
  now: string,
): Promise<void> {
  if (ifMatch !== undefined && !matches(ifMatch, place)) throw new Problem('drive.precondition');
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, place)) throw new Problem('drive.precondition');
  if (lists.length === 0) return;
  for (const { path, conditions } of lists) {
    const about =
      path === 'request' ? place : path === undefined ? undefined : await locate(manager, patientId, path);
    const tokens = new Set<string>();
    if (about !== undefined)
      for (const { token } of await locksReaching(manager, about.chain, now)) tokens.add(token);
    const etag = about === undefined ? undefined : placeEtag(about);
    const holds = ({ not, kind, value }: ConditionList['conditions'][number]): boolean =>
      (kind === 'token' ? tokens.has(value) : value === etag) !== not;
    if (conditions.every(holds)) return;
  }
  throw new Problem('drive.precondition');
}

function matches(header: string, place: Place): boolean {
  if (place.node === undefined) return false;
  if (header.trim() === '*') return true;
  const etag = placeEtag(place);
  return etag !== undefined && header.split(',').some((one) => one.trim() === etag);
}

const placeEtag = ({ node }: Place): string | undefined =>
  node === undefined || isFolder(node) ? undefined : etagOf(node);

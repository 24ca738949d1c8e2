import {
  activeLock,
  DAV,
  davProperty,
  emptyElement,
  SUPPORTED_LOCKS,
  type PropertyQuery,
  type PropStat,
  type XmlName,
} from '@vitrine/webdav';
import type { DavResource } from './dav-resource.js';

/** Room of the whole record (RFC 4331), in bytes. */
export interface Quota {
  readonly used: number;
  readonly available: number;
}

type Value = (resource: DavResource, quota: Quota) => string | undefined;

const forFiles =
  (value: (resource: DavResource) => string | undefined): Value =>
  (resource) =>
    resource.isFolder ? undefined : value(resource);
const forFolders =
  (value: (quota: Quota) => number): Value =>
  ({ isFolder }, quota) =>
    isFolder ? String(value(quota)) : undefined;

/** RFC 4918 §15: how each is computed; undefined where a resource has none. */
const LIVE: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['creationdate', ({ createdAt }) => createdAt],
  ['getlastmodified', ({ modifiedAt }) => new Date(modifiedAt).toUTCString()],
  ['resourcetype', ({ isFolder }) => (isFolder ? '<D:collection/>' : '')],
  ['getcontentlength', forFiles(({ bytes }) => String(bytes))],
  ['getcontenttype', forFiles(() => 'application/octet-stream')],
  ['getetag', forFiles(({ etag }) => etag)],
  ['supportedlock', ({ isWritable }) => (isWritable ? SUPPORTED_LOCKS : '')],
  ['lockdiscovery', ({ locks }) => locks.map(activeLock).join('')],
]);
/** Only told to who asks for them by name (RFC 4331 §3). */
const QUOTA: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['quota-available-bytes', forFolders(({ available }) => available)],
  ['quota-used-bytes', forFolders(({ used }) => used)],
]);

const valueOf = ({ namespace, name }: XmlName): Value | undefined =>
  namespace === DAV ? (LIVE.get(name) ?? QUOTA.get(name)) : undefined;

/** Only the server says what these are. */
export const isLive = (name: XmlName): boolean => valueOf(name) !== undefined;

export const asksForQuota = (query: PropertyQuery): boolean =>
  query.kind === 'some' && query.names.some(({ namespace, name }) => namespace === DAV && QUOTA.has(name));

/** What a PROPFIND is told of one resource. */
export function propstatsOf(resource: DavResource, query: PropertyQuery, quota: Quota): PropStat[] {
  if (query.kind === 'some') return found(resource, query.names, quota);
  const live = [...LIVE].filter(([, value]) => value(resource, quota) !== undefined);
  if (query.kind === 'names')
    return [
      {
        status: 200,
        properties: [
          ...live.map(([name]) => davProperty(name, '')),
          ...resource.properties.map(({ namespace, name }) => emptyElement({ namespace, name })),
        ],
      },
    ];
  const all = [...live.map(([name]) => ({ namespace: DAV, name })), ...resource.properties];
  return found(
    resource,
    [...all, ...query.include.filter((one) => !all.some((other) => same(one, other)))],
    quota,
  );
}

function found(resource: DavResource, names: readonly XmlName[], quota: Quota): PropStat[] {
  const there: string[] = [];
  const missing: string[] = [];
  for (const name of names) {
    const live = valueOf(name)?.(resource, quota);
    const dead = resource.properties.find((one) => same(one, name));
    if (live !== undefined) there.push(davProperty(name.name, live));
    else if (dead !== undefined) there.push(dead.xml);
    else missing.push(emptyElement({ namespace: name.namespace, name: name.name }));
  }
  return [
    ...(there.length > 0 || missing.length === 0 ? [{ status: 200, properties: there }] : []),
    ...(missing.length > 0 ? [{ status: 404, properties: missing }] : []),
  ];
}

const same = (a: XmlName, b: XmlName): boolean => a.namespace === b.namespace && a.name === b.name;

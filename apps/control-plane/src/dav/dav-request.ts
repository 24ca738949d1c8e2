import type { Request } from 'express';
import type { Conditions } from '@vitrine/drive';
import { Problem } from '@vitrine/kernel';
import { hrefOf, readIf, readPath, WebdavSyntaxError } from '@vitrine/webdav';

export const DAV_PREFIX = 'dav';
/** The two folders at the top: what the patient puts in, and what the record has. */
export const DRIVE = 'Drive';
export const RECORD = 'Record';

const LONGEST_BODY = 64 * 1024;

/** A place on the network drive: the top, or below one of the two folders. */
export interface DavPath {
  readonly area: 'top' | typeof DRIVE | typeof RECORD;
  readonly rest: readonly string[];
}

/** Throws `WebdavSyntaxError` for what is no path, and `delegation.not-visible` for what is not below the prefix. */
export function pathOf(untrustedPath: string): DavPath {
  const [prefix, area, ...rest] = readPath(untrustedPath);
  if (prefix !== DAV_PREFIX) throw new Problem('delegation.not-visible');
  if (area === undefined) return { area: 'top', rest: [] };
  if (area !== DRIVE && area !== RECORD) throw new Problem('delegation.not-visible');
  return { area, rest };
}

export const davHref = (path: readonly string[], isFolder: boolean): string =>
  hrefOf([DAV_PREFIX, ...path], isFolder);

/** A URL of `Destination` or `If`: the place of this drive that it names; undefined when it names another server. */
function placeOf(untrustedUrl: string, hosts: readonly string[]): DavPath | undefined {
  const parts = /^(?:https?:\/\/([^/?#]+))?(\/.*)$/i.exec(untrustedUrl);
  if (parts?.[2] === undefined) throw new WebdavSyntaxError();
  const [, host, path] = parts;
  if (host !== undefined && !hosts.includes(host.toLowerCase())) return undefined;
  return pathOf(path);
}

/** The names of this server, as the client may know it. */
export const hostsOf = (request: Request, publicUrl: string): string[] =>
  [new URL(publicUrl).host, request.headers.host, request.headers['x-forwarded-host']]
    .flat()
    .flatMap((host) => host?.toLowerCase() ?? []);

/** Where COPY and MOVE lead (RFC 4918 §10.3). Only the drive can be written to. */
export function destinationOf(request: Request, hosts: readonly string[]): readonly string[] {
  const header = request.headers['destination'];
  if (typeof header !== 'string') throw new WebdavSyntaxError();
  const place = placeOf(header, hosts);
  if (place?.area !== DRIVE) throw new Problem('drive.not-here');
  return place.rest;
}

export function conditionsOf(request: Request, hosts: readonly string[]): Conditions {
  const header = request.headers['if'];
  const lists = typeof header === 'string' ? readIf(header) : [];
  return {
    lists: lists.map(({ resource, conditions }) => ({
      path: resource === undefined ? 'request' : restIn(resource, hosts),
      conditions,
    })),
    ifMatch: request.headers['if-match'],
    ifNoneMatch: request.headers['if-none-match'],
  };
}

function restIn(resource: string, hosts: readonly string[]): readonly string[] | undefined {
  try {
    const place = placeOf(resource, hosts);
    return place?.area === DRIVE ? place.rest : undefined;
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

export const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** A body of XML, as text; at most 64 KiB (`exchange.too-large`). Only UTF-8 is read. */
export async function bodyOf(request: Request): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > LONGEST_BODY) throw new Problem('exchange.too-large');
    parts.push(part);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw new WebdavSyntaxError();
  }
}

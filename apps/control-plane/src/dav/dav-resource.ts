import type { ShownLock } from '@vitrine/webdav';

/** A folder or a file as the network drive shows it, wherever it comes from. */
export interface DavResource {
  /** Below the prefix. */
  readonly path: readonly string[];
  readonly isFolder: boolean;
  readonly bytes: number;
  /** Quoted; undefined for folders. */
  readonly etag: string | undefined;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly locks: readonly ShownLock[];
  /** Dead properties, as whole elements. */
  readonly properties: readonly { readonly namespace: string; readonly name: string; readonly xml: string }[];
  readonly isWritable: boolean;
}

/** Files and folders that nobody can change and that only ever came in. */
export const readOnlyResource = (
  path: readonly string[],
  facts: Partial<Pick<DavResource, 'bytes' | 'etag' | 'isFolder'>> & { readonly at: string },
): DavResource => ({
  path,
  isFolder: facts.isFolder ?? true,
  bytes: facts.bytes ?? 0,
  etag: facts.etag,
  createdAt: facts.at,
  modifiedAt: facts.at,
  locks: [],
  properties: [],
  isWritable: false,
});

import { STATUS_CODES } from 'node:http';
import { DAV, escaped } from './xml.js';

export const MULTISTATUS_TYPE = 'application/xml; charset=utf-8';
export const MULTISTATUS_START = `<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="${DAV}">`;
export const MULTISTATUS_END = '</D:multistatus>\n';

/** Properties with the status that they share (RFC 4918 §14.22); each is a whole element. */
export interface PropStat {
  readonly status: number;
  readonly properties: readonly string[];
  /** The name of the condition that was not kept (§16). */
  readonly condition?: string;
}

/** The body of an answer that says which condition of §16 was not kept, and where. */
export const errorAnswer = (condition: string, hrefs: readonly string[] = []): string =>
  `<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="${DAV}">${davProperty(
    condition,
    hrefs.map((href) => `<D:href>${escaped(href)}</D:href>`).join(''),
  )}</D:error>\n`;

/** One `response` of a multistatus (§14.24). The prefix `D` is declared around it. */
export const responseElement = (href: string, propstats: readonly PropStat[]): string =>
  `<D:response><D:href>${escaped(href)}</D:href>${propstats
    .map(
      ({ status, properties, condition }) =>
        `<D:propstat><D:prop>${properties.join('')}</D:prop><D:status>HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}</D:status>` +
        `${condition === undefined ? '' : `<D:error><D:${condition}/></D:error>`}</D:propstat>`,
    )
    .join('')}</D:response>\n`;

/** A property of DAV: with content that is XML already. */
export const davProperty = (name: string, xml: string): string =>
  xml === '' ? `<D:${name}/>` : `<D:${name}>${xml}</D:${name}>`;

export interface ShownLock {
  readonly token: string;
  readonly scope: 'exclusive' | 'shared';
  readonly depth: '0' | 'infinity';
  readonly owner: string;
  readonly secondsLeft: number;
  /** The path that was locked. */
  readonly root: string;
}

/** RFC 4918 §14.1. */
export const activeLock = (lock: ShownLock): string =>
  `<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:${lock.scope}/></D:lockscope>` +
  `<D:depth>${lock.depth}</D:depth>${lock.owner}<D:timeout>Second-${lock.secondsLeft}</D:timeout>` +
  `<D:locktoken><D:href>${escaped(lock.token)}</D:href></D:locktoken>` +
  `<D:lockroot><D:href>${escaped(lock.root)}</D:href></D:lockroot></D:activelock>`;

/** RFC 4918 §15.10. */
export const SUPPORTED_LOCKS = ['exclusive', 'shared']
  .map(
    (scope) =>
      `<D:lockentry><D:lockscope><D:${scope}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>`,
  )
  .join('');

/** The body that answers LOCK (RFC 4918 §9.10.1). */
export const lockAnswer = (locks: readonly ShownLock[]): string =>
  `<?xml version="1.0" encoding="utf-8"?>\n<D:prop xmlns:D="${DAV}">${davProperty('lockdiscovery', locks.map(activeLock).join(''))}</D:prop>\n`;

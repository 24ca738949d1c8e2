import { WebdavSyntaxError } from './syntax-error.js';

export interface IfCondition {
  readonly not: boolean;
  readonly kind: 'token' | 'etag';
  /** A state token without its angle brackets, or an entity tag with its quotes. */
  readonly value: string;
}

/** All conditions of a list have to hold. */
export interface IfList {
  /** The URL that the list is about; undefined: the one of the request. */
  readonly resource: string | undefined;
  readonly conditions: readonly IfCondition[];
}

const WORD = /\s*(?:<([^<>\s]+)>|(\()|(\))|(Not)|\[((?:W\/)?"[^"]*")\])/iy;
/** More than any client sends. */
const MOST_CONDITIONS = 200;

/** The `If` header (RFC 4918 §10.4): the request goes on when one of the lists holds. */
export function readIf(header: string): IfList[] {
  const lists: { resource: string | undefined; conditions: IfCondition[] }[] = [];
  let resource: string | undefined;
  let open: IfCondition[] | undefined;
  let not = false;
  let count = 0;
  const text = header.trim();
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.length) {
    const found = WORD.exec(text);
    if (found === null) throw new WebdavSyntaxError();
    const [, url, opens, closes, negation, etag] = found;
    if (open === undefined) {
      if (url !== undefined) resource = url;
      else if (opens !== undefined) open = [];
      else throw new WebdavSyntaxError();
      continue;
    }
    if (closes !== undefined) {
      if (open.length === 0 || not) throw new WebdavSyntaxError();
      lists.push({ resource, conditions: open });
      open = undefined;
      continue;
    }
    if (negation !== undefined && !not) {
      not = true;
      continue;
    }
    const value = url ?? etag;
    if (value === undefined || ++count > MOST_CONDITIONS) throw new WebdavSyntaxError();
    open.push({ not, kind: url === undefined ? 'etag' : 'token', value });
    not = false;
  }
  if (open !== undefined || lists.length === 0) throw new WebdavSyntaxError();
  return lists;
}

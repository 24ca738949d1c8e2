import { SaxesParser } from 'saxes';
import { byteOrder, decodedText } from './plain-text.js';

/** An element, without its prefix: prefixes are the file's own affair, namespaces are what counts. */
export interface XmlElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
}

type Growing = XmlElement & { readonly children: (XmlElement | string)[] };

export type XmlRefusal = 'unsafe' | 'damaged' | 'too-large';

const DEEPEST = 200;
const MOST_NODES = 400_000;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

class Refused extends Error {
  constructor(readonly reason: XmlRefusal | 'page') {
    super(reason);
  }
}

/** Name and namespace of the root, told from the first bytes. `page` is HTML by its document type. */
export function xmlRoot(start: Uint8Array): Pick<XmlElement, 'name' | 'namespace'> | XmlRefusal | 'page' {
  let root: Growing | undefined;
  class Found extends Error {}
  const parser = strictParser((element) => {
    root = element;
    throw new Found();
  });
  try {
    parser.write(textOf(start, false));
    return 'damaged';
  } catch (error) {
    if (error instanceof Refused) return error.reason;
    return error instanceof Found && root !== undefined ? root : 'damaged';
  }
}

/**
 * The whole document as a tree. Without a document type declaration there are no entities but XML's own five, nothing
 * to fetch and nothing that grows, so one that has such a declaration is refused where it stands.
 */
export function parseXml(bytes: Uint8Array): XmlElement | XmlRefusal {
  let root: Growing | undefined;
  let nodes = 0;
  const open: Growing[] = [];
  const count = () => {
    if (++nodes > MOST_NODES) throw new Refused('too-large');
  };
  const parser = strictParser((element) => {
    count();
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
    if (open.length > DEEPEST) throw new Refused('unsafe');
  });
  parser.on('closetag', () => void open.pop());
  const add = (text: string) => {
    const inside = open.at(-1)?.children;
    if (inside === undefined) return;
    const last = inside.at(-1);
    if (typeof last === 'string') inside[inside.length - 1] = last + text;
    else if (inside.push(text)) count();
  };
  parser.on('text', add);
  parser.on('cdata', add);
  try {
    parser.write(textOf(bytes, true)).close();
    return root ?? 'damaged';
  } catch (error) {
    return error instanceof Refused && error.reason !== 'page' ? error.reason : 'damaged';
  }
}

/** Well-formed with namespaces, or an error; the size of the whole is bounded by whoever reads it. */
function strictParser(onOpen: (element: Growing) => void): SaxesParser<{ xmlns: true; position: false }> {
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', (doctype) => {
    throw new Refused(/^\s*html\b/i.test(doctype) ? 'page' : 'unsafe');
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    const plain = Object.values(attributes);
    onOpen({
      name: local,
      namespace: uri,
      attributes: plain.length === 0 ? NO_ATTRIBUTES : new Map(plain.map((one) => [one.local, one.value])),
      children: [],
    });
  });
  return parser;
}

const DECLARED = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']/;

function textOf(bytes: Uint8Array, whole: boolean): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 300)).toString('latin1');
  const declared = DECLARED.exec(head.replace('\u00ef\u00bb\u00bf', ''))?.[1];
  // A start is cut anywhere, also within a character: it is only read for its names.
  const text = whole ? decodedText(bytes, declared) : new TextDecoder(byteOrder(bytes)).decode(bytes);
  if (text === undefined) throw new Refused('damaged');
  return text;
}

const isElement = (child: XmlElement | string): child is XmlElement => typeof child !== 'string';

export const elements = (parent: XmlElement | undefined, name?: string): XmlElement[] =>
  (parent?.children ?? []).filter(isElement).filter((child) => name === undefined || child.name === name);

/** The first element at the end of a path of names. */
export function at(from: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  let found = from;
  for (const name of path)
    found = found?.children.find((child): child is XmlElement => isElement(child) && child.name === name);
  return found;
}

/** All text below an element. */
export function textIn(element: XmlElement | string | undefined): string {
  if (element === undefined) return '';
  if (typeof element === 'string') return element;
  return element.children.map(textIn).join('');
}

export const attribute = (element: XmlElement | undefined, name: string): string =>
  element?.attributes.get(name) ?? '';

import { SaxesParser } from 'saxes';
import { WebdavSyntaxError } from './syntax-error.js';

export const DAV = 'DAV:';
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';
/** Nobody nests properties so deeply; without a bound a small body makes a deep recursion. */
const DEEPEST = 64;

/** Namespace and local name; no namespace is the empty text. */
export interface XmlName {
  readonly namespace: string;
  readonly name: string;
}

export interface XmlElement extends XmlName {
  readonly attributes: readonly (XmlName & { readonly value: string })[];
  readonly children: readonly (XmlElement | string)[];
  /** `xml:lang` as it holds here, from this element or one around it. */
  readonly language: string | undefined;
}

/**
 * The root element of a document. Throws `WebdavSyntaxError` for what is not well-formed with namespaces, for any
 * document type declaration (it could define entities or name files), and for nesting beyond 64.
 */
export function parseXml(text: string): XmlElement {
  const top: (XmlElement | string)[] = [];
  const open: (XmlElement & { readonly children: (XmlElement | string)[] })[] = [];
  const parser = new SaxesParser({ xmlns: true, position: false });
  const add = (node: XmlElement | string) => (open.at(-1)?.children ?? top).push(node);
  const refuse = () => {
    throw new WebdavSyntaxError();
  };
  parser.on('error', refuse);
  parser.on('doctype', refuse);
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('opentag', ({ uri, local, attributes }) => {
    if (open.length >= DEEPEST) throw new WebdavSyntaxError();
    const own = Object.values(attributes).map((one) => ({
      namespace: one.uri,
      name: one.local,
      value: one.value,
    }));
    const language = own.find(({ namespace, name }) => namespace === XML_NAMESPACE && name === 'lang');
    const element = {
      namespace: uri,
      name: local,
      attributes: own.filter(({ namespace }) => namespace !== XMLNS_NAMESPACE),
      children: [],
      language: language?.value ?? open.at(-1)?.language,
    };
    add(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.write(text).close();
  const root = top.find((node) => typeof node !== 'string');
  if (root === undefined) throw new WebdavSyntaxError();
  return root;
}

/** The elements among the children; text around them means nothing. */
export const elementsOf = ({ children }: XmlElement): XmlElement[] =>
  children.filter((node) => typeof node !== 'string');

export const isDav = ({ namespace, name }: XmlName, wanted: string): boolean =>
  namespace === DAV && name === wanted;

/** Text between tags and in attributes. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);

/** An element that stands by itself anywhere: every name brings its namespace along. */
export function serialised(element: XmlElement): string {
  const { language, attributes } = element;
  const told = attributes.some(({ namespace, name }) => namespace === XML_NAMESPACE && name === 'lang');
  return written(element, language === undefined || told ? '' : ` xml:lang="${escaped(language)}"`);
}

function written({ namespace, name, attributes, children }: XmlElement, more = ''): string {
  const tag = namespace === '' ? name : `p:${name}`;
  const declared = namespace === '' ? ' xmlns=""' : ` xmlns:p="${escaped(namespace)}"`;
  const own = attributes.map((one, index) => attribute(one, index)).join('');
  const content = children.map((node) => (typeof node === 'string' ? escaped(node) : written(node))).join('');
  return `<${tag}${declared}${own}${more}>${content}</${tag}>`;
}

function attribute({ namespace, name, value }: XmlName & { readonly value: string }, index: number): string {
  if (namespace === '') return ` ${name}="${escaped(value)}"`;
  if (namespace === XML_NAMESPACE) return ` xml:${name}="${escaped(value)}"`;
  return ` xmlns:a${index}="${escaped(namespace)}" a${index}:${name}="${escaped(value)}"`;
}

/** An element without content that stands by itself. */
export const emptyElement = (name: XmlName): string =>
  written({ ...name, attributes: [], children: [], language: undefined });

import { WebdavSyntaxError } from './syntax-error.js';
import { elementsOf, isDav, parseXml, serialised, type XmlElement, type XmlName } from './xml.js';

/** What a PROPFIND asks for (RFC 4918 §9.1); an empty body asks for all. */
export type PropertyQuery =
  | { readonly kind: 'all'; readonly include: readonly XmlName[] }
  | { readonly kind: 'names' }
  | { readonly kind: 'some'; readonly names: readonly XmlName[] };

/** One instruction of a PROPPATCH (§9.2), in the order of the document. `xml` is the whole element. */
export type PropertyChange = XmlName & ({ readonly xml: string } | { readonly xml: null });

export interface LockDemand {
  readonly scope: 'exclusive' | 'shared';
  /** The `owner` element as it came; empty where there is none. */
  readonly owner: string;
}

export function readPropfind(body: string): PropertyQuery {
  if (body === '') return { kind: 'all', include: [] };
  const children = elementsOf(rootOf(body, 'propfind'));
  const find = (name: string) => children.find((child) => isDav(child, name));
  const some = find('prop');
  if (some !== undefined) return { kind: 'some', names: elementsOf(some) };
  if (find('propname') !== undefined) return { kind: 'names' };
  if (find('allprop') === undefined) throw new WebdavSyntaxError();
  const include = find('include');
  return { kind: 'all', include: include === undefined ? [] : elementsOf(include) };
}

export function readProppatch(body: string): PropertyChange[] {
  const changes: PropertyChange[] = [];
  for (const instruction of elementsOf(rootOf(body, 'propertyupdate'))) {
    const isSet = isDav(instruction, 'set');
    if (!isSet && !isDav(instruction, 'remove')) continue;
    for (const properties of elementsOf(instruction).filter((child) => isDav(child, 'prop')))
      for (const property of elementsOf(properties)) {
        const { namespace, name } = property;
        changes.push({ namespace, name, xml: isSet ? serialised(property) : null });
      }
  }
  if (changes.length === 0) throw new WebdavSyntaxError();
  return changes;
}

export function readLockinfo(body: string): LockDemand {
  const children = elementsOf(rootOf(body, 'lockinfo'));
  const inside = (name: string, wanted: string): boolean => {
    const found = children.find((child) => isDav(child, name));
    return found !== undefined && elementsOf(found).some((child) => isDav(child, wanted));
  };
  const shared = inside('lockscope', 'shared');
  if (!inside('locktype', 'write') || shared === inside('lockscope', 'exclusive'))
    throw new WebdavSyntaxError();
  const owner = children.find((child) => isDav(child, 'owner'));
  return { scope: shared ? 'shared' : 'exclusive', owner: owner === undefined ? '' : serialised(owner) };
}

function rootOf(body: string, name: string): XmlElement {
  const root = parseXml(body);
  if (!isDav(root, name)) throw new WebdavSyntaxError();
  return root;
}

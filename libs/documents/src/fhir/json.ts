import { textIn, type XmlElement } from '../xml-tree.js';

/** An object of untrusted JSON. Read by `get` and its like only, so that no inherited property is ever taken for data. */
export type Json = Readonly<Record<string, unknown>>;

const DEEPEST = 100;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const get = (from: unknown, key: string): unknown =>
  isJson(from) && Object.hasOwn(from, key) ? from[key] : undefined;

/** What is at a path; of a list on the way, its first entry. */
export function at(from: unknown, ...path: string[]): unknown {
  let found: unknown = from;
  for (const key of path) found = get(first(found), key);
  return first(found);
}

/** The objects of a property that may repeat. One alone counts as a list of one: XML does not tell. */
export const list = (from: unknown, key: string): Json[] => {
  const value = get(from, key);
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isJson);
};

export const text = (from: unknown, ...path: string[]): string => {
  const found = at(from, ...path);
  return typeof found === 'string'
    ? found
    : typeof found === 'number' || typeof found === 'boolean'
      ? String(found)
      : '';
};

/** All texts of a property that may repeat. */
export const texts = (from: unknown, key: string): string[] => {
  const value = get(from, key);
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (one): one is string => typeof one === 'string',
  );
};

const first = (value: unknown): unknown => (Array.isArray(value) ? (value as unknown[])[0] : value);

/** False for JSON that is nested so deep that whatever walks over it breaks. Looks at brackets only. */
export function isShallow(json: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const letter = json.charCodeAt(at);
    if (inText) {
      if (letter === 0x5c) at++;
      else if (letter === 0x22) inText = false;
    } else if (letter === 0x22) inText = true;
    else if (letter === 0x7b || letter === 0x5b) {
      if (++depth > DEEPEST) return false;
    } else if (letter === 0x7d || letter === 0x5d) depth--;
  }
  return true;
}

/** A FHIR resource in XML as the object that it is in JSON (FHIR R4 §2.6), but for lists of one. */
export function fromXml(element: XmlElement): Json {
  const found = Object.create(null) as Record<string, unknown>;
  const add = (key: string, value: unknown) => {
    const there = found[key];
    if (there === undefined) found[key] = value;
    else if (Array.isArray(there)) there.push(value);
    else found[key] = [there, value];
  };
  for (const [name, value] of element.attributes) if (name !== 'value') found[name] = value;
  for (const child of element.children)
    if (typeof child !== 'string') add(child.name, child.name === 'div' ? textIn(child) : valueOf(child));
  return found;
}

/** The element that names a resource: the root, or the only child of `resource` and `contained`. */
export const resourceFromXml = (element: XmlElement): Json => {
  const resource = fromXml(element) as Record<string, unknown>;
  resource['resourceType'] = element.name;
  return resource;
};

function valueOf(element: XmlElement): unknown {
  const inner = element.children.filter((child): child is XmlElement => typeof child !== 'string');
  if (element.name === 'resource' || element.name === 'contained')
    return inner[0] === undefined ? undefined : resourceFromXml(inner[0]);
  const value = element.attributes.get('value');
  return value !== undefined && inner.length === 0 ? value : fromXml(element);
}

import { KNOWN_ATTRIBUTES, tagOfKeyword, type MatchingKey, type QueryLevel } from '@vitrine/dicom';
import { Problem } from '@vitrine/kernel';

/** A search as an address asks for it (PS3.18 §8.3.4, §10.6.1.2). */
export interface SearchQuery {
  readonly keys: readonly MatchingKey[];
  /** Tags to answer besides those that are always answered. */
  readonly include: ReadonlySet<string> | 'all';
  readonly offset: number;
  readonly limit: number;
  /** What could not be done as it was asked for. */
  readonly warnings: readonly string[];
}

/** More matches than anybody looks through; the rest can be asked for with `offset`. */
export const MOST_MATCHES = 5_000;

const NO_FUZZY = 'The fuzzymatching parameter is not supported. Only literal matching has been performed.';
const RESERVED = new Set(['includefield', 'limit', 'offset', 'fuzzymatching', 'accept', 'charset']);
const MOST_PARAMETERS = 100;
const LONGEST_VALUE = 64 * 1024;

/** Throws `kernel.invalid` for an attribute that PS3.6 does not know, one that is asked for twice, or no number. */
export function readSearch(parameters: URLSearchParams, within: readonly MatchingKey[]): SearchQuery {
  const keys = new Map(within.map((key) => [key.tag, key]));
  const warnings: string[] = [];
  const unsupported: string[] = [];
  const all = [...parameters];
  if (all.length > MOST_PARAMETERS) throw new Problem('kernel.invalid');
  for (const [name, value] of all) {
    if (RESERVED.has(name)) continue;
    if (value.length > LONGEST_VALUE) throw new Problem('kernel.invalid');
    const path = tagsOf(name);
    const known = path.length === 1 ? KNOWN_ATTRIBUTES.get(path[0] ?? '') : undefined;
    if (known === undefined) {
      unsupported.push(name);
      continue;
    }
    if (keys.has(known.tag)) throw new Problem('kernel.invalid');
    keys.set(known.tag, { tag: known.tag, vr: known.vr, value });
  }
  if (unsupported.length > 0)
    warnings.push(`The following attributes are not supported for matching: ${unsupported.join(', ')}.`);
  if (parameters.get('fuzzymatching') === 'true') warnings.push(NO_FUZZY);
  return {
    keys: [...keys.values()],
    include: includedOf(parameters.getAll('includefield')),
    offset: count(parameters, 'offset', 0),
    limit: Math.min(MOST_MATCHES, count(parameters, 'limit', MOST_MATCHES)),
    warnings,
  };
}

/** The key that an address holds as part of its path. */
export const pathKey = (level: QueryLevel, value: string): MatchingKey => ({
  tag: { study: '0020000D', series: '0020000E', instance: '00080018' }[level],
  vr: 'UI',
  value,
});

/** `PatientName`, `00100010`, or several of them with dots between for what is within sequences. */
function tagsOf(name: string): string[] {
  return name.split('.').map((part) => {
    if (/^[0-9A-Fa-f]{8}$/.test(part)) return part.toUpperCase();
    const tag = tagOfKeyword(part);
    if (tag === undefined) throw new Problem('kernel.invalid');
    return tag;
  });
}

function includedOf(values: readonly string[]): ReadonlySet<string> | 'all' {
  const names = values.flatMap((value) => value.split(',')).filter((name) => name !== '');
  if (names.some((name) => name.toLowerCase() === 'all')) return 'all';
  return new Set(names.flatMap((name) => tagsOf(name).slice(0, 1)));
}

function count(parameters: URLSearchParams, name: string, fallback: number): number {
  const text = parameters.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Problem('kernel.invalid');
  return Number(text);
}

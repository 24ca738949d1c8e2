/** A media type with its parameters (RFC 9110 §8.3.1), names in lower case. */
export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const LONGEST_HEADER = 4096;
const MOST_TYPES = 32;
// One parameter: a token, or a quoted string with escapes.
const PARAMETER = /;\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*/y;
const NAME = /\s*([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)\s*/y;

/** One media type; undefined when it is none. */
export function mediaTypeOf(header: string | undefined): MediaType | undefined {
  const found = mediaTypesOf(header);
  return found.length === 1 ? found[0] : undefined;
}

/**
 * The media types of an Accept header, the most wanted first. Empty when the header cannot be read; a missing one is
 * `*`/`*`, as RFC 9110 §12.5.1 has it.
 */
export function acceptedTypes(header: string | undefined): MediaType[] {
  if (header === undefined || header.trim() === '') return mediaTypesOf('*/*');
  const weight = (type: MediaType) => {
    const q = Number(type.parameters.get('q') ?? '1');
    return q >= 0 && q <= 1 ? q : 0;
  };
  return mediaTypesOf(header)
    .filter((type) => weight(type) > 0)
    .sort((a, b) => weight(b) - weight(a));
}

function mediaTypesOf(header = ''): MediaType[] {
  if (header.length > LONGEST_HEADER) return [];
  const found: MediaType[] = [];
  for (let at = 0; at < header.length && found.length < MOST_TYPES; at++) {
    NAME.lastIndex = at;
    const name = NAME.exec(header)?.[1];
    if (name === undefined) return [];
    at = NAME.lastIndex;
    const parameters = new Map<string, string>();
    for (;;) {
      PARAMETER.lastIndex = at;
      const match = PARAMETER.exec(header);
      if (match === null) break;
      const [, key = '', quoted, plain = ''] = match;
      parameters.set(key.toLowerCase(), quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'));
      at = PARAMETER.lastIndex;
    }
    if (at < header.length && header[at] !== ',') return [];
    found.push({ name: name.toLowerCase(), parameters });
  }
  return found;
}

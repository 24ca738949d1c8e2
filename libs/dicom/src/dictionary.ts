import { createRequire } from 'node:module';

interface Dictionary {
  readonly tags: Readonly<Record<string, string>>;
  readonly elements: Readonly<Record<string, { readonly vr: string }>>;
}

interface Index {
  readonly tagByKeyword: ReadonlyMap<string, string>;
  readonly vrByTag: ReadonlyMap<string, string>;
  /** Tags whose values are signed where the pixels are. */
  readonly asPixels: ReadonlySet<string>;
  /** Repeating groups and elements (PS3.5 §7.6), such as 60xx3000. */
  readonly patterns: readonly { readonly pattern: RegExp; readonly vr: string }[];
}

let index: Index | undefined;

/** PS3.6 chapter 6 is large and most of whoever reads headers needs none of it, so it is loaded when it is asked for. */
function load(): Index {
  if (index !== undefined) return index;
  const found = createRequire(import.meta.url)('@iwharris/dicom-data-dictionary') as Dictionary;
  const hex = (tag: string) => tag.replace(/[(),]/g, '').toUpperCase();
  const vrs = Object.entries(found.elements).map(([tag, { vr }]) => [hex(tag), firstVr(vr)] as const);
  index = {
    tagByKeyword: new Map(Object.entries(found.tags).map(([keyword, tag]) => [keyword, hex(tag)])),
    vrByTag: new Map(vrs.filter(([tag]) => !tag.includes('X'))),
    asPixels: new Set(
      Object.entries(found.elements)
        .filter(([, { vr }]) => vr.startsWith('US or SS'))
        .map(([tag]) => hex(tag)),
    ),
    patterns: vrs
      .filter(([tag]) => tag.includes('X'))
      .map(([tag, vr]) => ({ pattern: new RegExp(`^${tag.replaceAll('X', '[0-9A-F]')}$`), vr })),
  };
  return index;
}

/** Of “OB or OW” implicit data always means OW (PS3.5 §A.1); “US or SS” is said by other elements, see `signed`. */
const firstVr = (vr: string): string => (vr.includes('OW') ? 'OW' : (/^[A-Z]{2}/.exec(vr) ?? ['UN'])[0]);

/** Eight hex digits for a keyword such as `PatientName`; undefined for what PS3.6 does not know. */
export const tagOfKeyword = (keyword: string): string | undefined => load().tagByKeyword.get(keyword);

/**
 * The VR that PS3.6 gives a tag (eight hex digits, upper case); `UN` for private and unknown ones.
 * @param signed whether Pixel Representation (0028,0103) says so
 */
export function vrOfTag(tag: string, signed = false): string {
  const { vrByTag, asPixels, patterns } = load();
  if (signed && asPixels.has(tag)) return 'SS';
  const known = vrByTag.get(tag);
  if (known !== undefined) return known;
  // Group lengths and private creators (PS3.5 §7.2, §7.8.1) are not listed.
  if (tag.endsWith('0000')) return 'UL';
  if (/^...[13579BDF]00[1-9A-F]/.test(tag)) return 'LO';
  return patterns.find(({ pattern }) => pattern.test(tag))?.vr ?? 'UN';
}

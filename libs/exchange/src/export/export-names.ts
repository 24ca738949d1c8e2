import { cleanText } from '@vitrine/dicom';

const LONGEST = 120;
const LONGEST_EXTENSION = 16;
// Names that Windows keeps for itself, whatever follows the dot.
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * The name that a file came with, so that any system can make a file of it: the last part of its path, without
 * characters that mean something to a file system or a reader.
 */
export function cleanName(untrustedName: string): string {
  const last = untrustedName.slice(untrustedName.lastIndexOf('/') + 1).normalize('NFC');
  const plain = cleanText(last, 1000)
    .replace(/[\\/:*?"<>|]/g, '_')
    .replace(/^[. ]+|[. ]+$/g, '');
  if (plain === '') return 'file';
  const safe = RESERVED.test(plain) ? `_${plain}` : plain;
  return shortened(safe);
}

/** The same name, or one with a number before it where `used` holds it already. Adds it to `used`. */
export function uniqueName(name: string, used: Set<string>): string {
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 ? name : `${attempt}-${name}`;
    // Many systems take names that differ in case only for the same.
    const key = candidate.toLowerCase();
    if (used.has(key)) continue;
    used.add(key);
    return candidate;
  }
}

/** Keeps the ending: programs go by it. */
function shortened(name: string): string {
  if (name.length <= LONGEST) return name;
  const extension = /(\.[^.]+){1,2}$/.exec(name)?.[0] ?? '';
  const kept = extension.length <= LONGEST_EXTENSION ? extension : '';
  return name.slice(0, LONGEST - kept.length).replace(/[\ud800-\udbff]$/, '') + kept;
}

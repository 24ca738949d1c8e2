import { convertBytes } from 'dicom-character-set';

/**
 * Makes text from a file harmless and short: no control characters, no characters that reverse the direction of what
 * follows, runs of blanks as one. It stays untrusted: whoever shows it still has to escape it.
 */
export function cleanText(text: string, maximum = 200): string {
  const plain = text
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= maximum ? plain : `${plain.slice(0, maximum - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Decodes a value by SpecificCharacterSet (0008,0005); one that DICOM does not define falls back to what fits. */
export function decodeText(bytes: Uint8Array, characterSet: string, vr: string): string {
  try {
    if (characterSet !== '') return convertBytes(characterSet, Uint8Array.from(bytes), { vr });
  } catch {
    // An unknown set: the name may come out wrong, which is no reason to lose the image.
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

/** For values whose alphabet is ASCII anyhow (UI, CS, DA, IS). */
export const latin1 = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

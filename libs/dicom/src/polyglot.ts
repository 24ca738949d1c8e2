import type { ByteSource } from './byte-source.js';
import { latin1 } from './text.js';

// The 128 bytes before DICM are free (PS3.10 §7.1), which lets one file be a program or a page as well
// (CVE-2019-11687). TIFF headers there are legitimate.
const PREAMBLES: readonly RegExp[] = [
  /^MZ/,
  /^\x7fELF/,
  /^#!/,
  /^(\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe)/,
  // eslint-disable-next-line no-control-regex
  /^PK[\x03\x05]/,
  /^%PDF/,
  /^GIF8/,
  /<\s*(!doctype|html|head|body|script|svg|\?xml|\?php|a |img|iframe)/i,
];

// End of central directory of a ZIP: at most 64 KiB of comment follow it.
const ZIP_END = 'PK\x05\x06';
const ZIP_TAIL_BYTES = 66_000;

/** True when the file is something else besides DICOM. */
export function hidesSomething(source: ByteSource, hasPreamble: boolean): boolean {
  if (hasPreamble && PREAMBLES.some((pattern) => pattern.test(latin1(source.read(0, 128))))) return true;
  return endsAsZip(source);
}

/** True when the file can be opened as a ZIP too: archives are read from their end. */
export function endsAsZip(source: ByteSource): boolean {
  const tail = source.read(Math.max(0, source.size - ZIP_TAIL_BYTES), ZIP_TAIL_BYTES);
  return Buffer.from(tail).includes(ZIP_END, 0, 'latin1') && looksLikeZip(Buffer.from(tail));
}

/** Four bytes can occur by chance in pixels; a directory that ends where the file says it does cannot. */
function looksLikeZip(tail: Buffer): boolean {
  for (let at = tail.indexOf(ZIP_END, 0, 'latin1'); at >= 0; at = tail.indexOf(ZIP_END, at + 1, 'latin1')) {
    if (at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) <= tail.length) {
      const directory = tail.readUInt32LE(at + 12);
      if (directory > 0 && at - directory >= 0 && tail.readUInt32LE(at - directory) === 0x02014b50)
        return true;
    }
  }
  return false;
}

import { WebdavSyntaxError } from './syntax-error.js';

const LONGEST_NAME_BYTES = 255;
const DEEPEST = 64;
// Letters that end a name for a file system or a reader, or that nobody sees; `.` and `..` would mean another place.
// eslint-disable-next-line no-control-regex
const UNUSABLE = /[\u0000-\u001f\u007f/\\\u2028\u2029]|^\.{1,2}$/;

/**
 * The decoded names of a path, in Unicode's composed form, because macOS sends names decomposed and others do not. An
 * ending `/` changes nothing. Throws `WebdavSyntaxError` for what is no path of names.
 */
export function readPath(untrustedPath: string): string[] {
  if (!untrustedPath.startsWith('/') || /[?#]/.test(untrustedPath)) throw new WebdavSyntaxError();
  const parts = untrustedPath.slice(1).replace(/\/$/, '').split('/');
  if (parts.length === 1 && parts[0] === '') return [];
  if (parts.length > DEEPEST) throw new WebdavSyntaxError();
  return parts.map(nameOf);
}

function nameOf(untrustedPart: string): string {
  let name: string;
  try {
    name = decodeURIComponent(untrustedPart).normalize('NFC');
  } catch {
    throw new WebdavSyntaxError();
  }
  if (name === '' || UNUSABLE.test(name) || Buffer.byteLength(name) > LONGEST_NAME_BYTES)
    throw new WebdavSyntaxError();
  return name;
}

/** The path as a URL has it; a folder ends with `/`. */
export const hrefOf = (path: readonly string[], isFolder: boolean): string =>
  `/${path.map((name) => `${encodeURIComponent(name)}/`).join('')}`.replace(/\/$/, isFolder ? '/' : '');

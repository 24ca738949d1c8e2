const DEEPEST = 64;
const LONGEST_NAME_BYTES = 255;
const LONGEST_PATH_BYTES = 1000;

/**
 * Where a path leads from a folder, as names; undefined for what is no path or too long. There is no tree behind it:
 * names are kept as they are, and `..` never leads above the top.
 */
export function resolvePath(folder: readonly string[], argument: string): readonly string[] | undefined {
  // eslint-disable-next-line no-control-regex
  if (argument === '' || /[\x00\r\n]/.test(argument)) return undefined;
  const names = argument.startsWith('/') ? [] : [...folder];
  for (const name of argument.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  const isTooLong =
    names.length > DEEPEST ||
    names.some((name) => Buffer.byteLength(name) > LONGEST_NAME_BYTES) ||
    Buffer.byteLength(names.join('/')) > LONGEST_PATH_BYTES;
  return isTooLong ? undefined : names;
}

/** As PWD and MKD say it: in quotes, with quotes in it doubled (RFC 959 appendix II). */
export const quotedPath = (names: readonly string[]): string => `"/${names.join('/').replaceAll('"', '""')}"`;

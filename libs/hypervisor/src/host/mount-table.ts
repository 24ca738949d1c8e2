/** One line of /proc/self/mountinfo (proc(5)). */
export interface MountPoint {
  readonly path: string;
  readonly type: string;
  /** Of this mount and of its file system together: `ro`, `nosuid`, `size=…`. */
  readonly options: ReadonlySet<string>;
  readonly propagation: 'shared' | 'slave' | 'private';
}

/** Reads the text of a mountinfo file. */
export const parseMounts = (text: string): MountPoint[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);

/** The mount that a path lies in: the longest that contains it and, of several at the same place, the top one. */
export function mountOf(mounts: readonly MountPoint[], path: string): MountPoint | undefined {
  let found: MountPoint | undefined;
  for (const mount of mounts) {
    const base = mount.path === '/' ? '/' : `${mount.path}/`;
    if (`${path}/`.startsWith(base) && mount.path.length >= (found?.path.length ?? 0)) found = mount;
  }
  return found;
}

function parseLine(line: string): MountPoint {
  const [left = '', right = ''] = line.split(' - ');
  const [, , , , path = '', options = '', ...tags] = left.split(' ');
  const [type = '', , superOptions = ''] = right.split(' ');
  return {
    path: unescape(path),
    type,
    options: new Set([...options.split(','), ...superOptions.split(',').filter((option) => option !== 'rw')]),
    propagation: tags.some((tag) => tag.startsWith('shared:'))
      ? 'shared'
      : tags.some((tag) => tag.startsWith('master:'))
        ? 'slave'
        : 'private',
  };
}

/** Blanks and the like are written as three octal digits. */
const unescape = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

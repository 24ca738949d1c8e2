import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { newId } from './ids.js';

/** Said of a file system that gives a file one name only. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Makes a file that its owner alone may read, durable with its name, in a folder that is there. It appears whole or not
 * at all, since half of a key or of an id would be refused at every start from then on. Of two that make it at once one
 * is first.
 *
 * @returns false where it is there already; it is as it was then.
 */
export function makeFile(path: string, content: string | Uint8Array): boolean {
  // Before anything is written: the folder may be one that only somebody else may write.
  if (existsSync(path)) return false;
  const draft = `${path}.${newId()}`;
  try {
    write(draft, content);
    linkSync(draft, path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.has(code)) throw error;
    if (!makeUnlinked(path, content)) return false;
  } finally {
    rmSync(draft, { force: true });
  }
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
  return true;
}

/** Where only a power cut or a kill leaves half of it. */
function makeUnlinked(path: string, content: string | Uint8Array): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    fill(fd, content);
  } catch (error) {
    rmSync(path);
    throw error;
  }
  return true;
}

const write = (path: string, content: string | Uint8Array): void =>
  fill(openSync(path, 'wx', 0o600), content);

function fill(fd: number, content: string | Uint8Array): void {
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { OWN_DIR, webDir, type KeySource, type WebUser } from '@vitrine/kernel';

/** The folder of keys that is the product's own; any other belongs to somebody. */
const OWN_KEYS = join(OWN_DIR, 'keys');
const ROOT = 0;
/** What the id of an installation is written to before it gets its name. */
const DRAFT = /^installation\.[0-9a-f]{32}$/;

/**
 * The run folder is root's, and so is all of it that root works in: who can write a folder can put a link in the place
 * of what lies there. The web processes have a part of their own for their sockets.
 */
export function prepareRunDir(runDir: string, web: WebUser | undefined): void {
  mkdirSync(runDir, { recursive: true, mode: 0o755 });
  requireOwn(runDir);
  chmodSync(runDir, 0o755);
  for (const name of ['host', 'sessions', 'admission']) {
    mkdirSync(join(runDir, name), { recursive: true, mode: 0o711 });
    chmodSync(join(runDir, name), 0o711);
  }
  const own = webDir(runDir);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  if (web) chownSync(own, web.uid, web.gid);
}

/** Makes the folder where root mounts and writes for sessions. */
export function prepareScratch(scratchDir: string): void {
  mkdirSync(scratchDir, { recursive: true, mode: 0o700 });
  requireOwn(scratchDir);
}

/** Throws a plain sentence for a folder that others can put links into. */
function requireOwn(path: string): void {
  const { uid, mode } = statSync(path);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new Error(
      `Others than user ${process.getuid?.()} may write ${path}: choose another folder, or change that.`,
    );
}

/**
 * Gives a data root that root made to the web user, once. Nobody else can write it until its top folder is handed over,
 * which is done last, so no link can lead out of it. Throws a plain sentence for one that is somebody else's.
 */
export function entrustData(dataDir: string, web: WebUser): void {
  const { uid } = statSync(dataDir);
  // Of an empty one that was made for the web user, this process has just made the first file.
  if (uid === web.uid) {
    // A second name of that file stays when this process is killed just then, and one with two is handed to nobody.
    for (const name of readdirSync(dataDir)) if (DRAFT.test(name)) unlinkSync(join(dataDir, name));
    entrustFile(join(dataDir, 'installation'), web);
    return;
  }
  if (uid !== ROOT)
    throw new Error(`${dataDir} belongs to user ${uid}, but Vitrine runs as ${web.uid}: change its owner.`);
  handOver(dataDir, web);
}

function handOver(path: string, web: WebUser): void {
  const stat = lstatSync(path);
  // Of a hand-over that was cut off: all below was done before it, and may not be what it was.
  if (stat.uid === web.uid) return;
  if (stat.isDirectory()) for (const name of readdirSync(path)) handOver(join(path, name), web);
  lchownSync(path, web.uid, web.gid);
}

/** Lets the web user read the keys of the vault, and make the first where there is none. */
export function entrustKeys(sources: readonly (KeySource | undefined)[], web: WebUser): void {
  for (const source of sources) {
    if (source === undefined) continue;
    const folder = dirname(source.path);
    // Others may pass to what is theirs in it; a version that ran as root alone let nobody.
    if (folder === OWN_KEYS) {
      mkdirSync(OWN_DIR, { recursive: true });
      chmodSync(OWN_DIR, 0o711);
    }
    // For everybody to pass; the folder itself is not.
    mkdirSync(dirname(folder), { recursive: true });
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
    entrustFile(source.path, web);
    if (made || folder === OWN_KEYS) chownSync(folder, web.uid, web.gid);
  }
}

/** Only a plain file of root's with one name: in a folder of the web user's, anything else may be a trap. */
export function entrustFile(path: string, { uid, gid }: WebUser): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    // Not there yet, or a link: the control plane says what is wrong with it.
    return;
  }
  try {
    const stat = fstatSync(fd);
    if (stat.isFile() && stat.nlink === 1 && stat.uid === ROOT) fchownSync(fd, uid, gid);
  } finally {
    closeSync(fd);
  }
}

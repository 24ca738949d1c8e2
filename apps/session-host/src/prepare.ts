import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { webDir, type KeySource, type WebUser } from '@vitrine/kernel';

/**
 * The run folder is root's, and so is all of it that root works in: who can write a folder can put a link in the place
 * of what lies there. The web processes have a part of their own for their sockets.
 */
export function prepareRunDir(runDir: string, web: WebUser | undefined): void {
  mkdirSync(runDir, { recursive: true, mode: 0o755 });
  chmodSync(runDir, 0o755);
  for (const name of ['host', 'sessions', 'admission']) {
    mkdirSync(join(runDir, name), { recursive: true, mode: 0o711 });
    chmodSync(join(runDir, name), 0o711);
  }
  const own = webDir(runDir);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  if (web) chownSync(own, web.uid, web.gid);
}

/**
 * Gives a data root that root made to the web user, once. Nobody else can write it until its top folder is handed over,
 * which is done last, so no link can lead out of it.
 */
export function entrustData(dataDir: string, web: WebUser): void {
  if (statSync(dataDir).uid === web.uid) return;
  handOver(dataDir, web);
}

function handOver(path: string, web: WebUser): void {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) handOver(join(path, name), web);
  lchownSync(path, web.uid, web.gid);
}

/** Lets the web user read the keys of the vault, and make the first where there is none. */
export function entrustKeys(sources: readonly (KeySource | undefined)[], web: WebUser): void {
  for (const source of sources) {
    if (source === undefined) continue;
    if (existsSync(source.path)) chownSync(source.path, web.uid, web.gid);
    const folder = dirname(source.path);
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
    // One that was there belongs to somebody; this one is the product's own.
    if (made || folder === '/var/lib/vitrine/keys') chownSync(folder, web.uid, web.gid);
  }
}

import { hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFile, newId, type WebUser } from '@vitrine/kernel';
import { checkpointKey } from '@vitrine/sealing';

const BYTES = 32;

/** What the host holds: one secret that no other process can read, and what follows from it. */
export interface HostKeys {
  /** Registers images; never leaves the host. */
  readonly registration: Buffer;
  /** Shared with the control plane: proves who speaks and signs permits. */
  readonly control: Buffer;
  /** Signs how far the record of acts has come; never leaves the host. */
  readonly checkpoints: KeyObject;
}

/** Where the control plane finds its key and the host's socket. */
export const controlKeyPath = (runDir: string): string => join(runDir, 'host', 'control.key');
/** What the host remembers of the record of acts, beside its secret. */
export const checkpointPath = (hostSecretFile: string): string => `${hostSecretFile}.checkpoint`;
export const hostSocketPath = (runDir: string): string => join(runDir, 'host', 'host.sock');

export const hostKeysFrom = (secret: Buffer): HostKeys => ({
  registration: derived(secret, 'registered images'),
  control: derived(secret, 'control plane'),
  checkpoints: checkpointKey(derived(secret, 'checkpoints')),
});

/** Reads the host's secret; makes it, durable before it is used, where there is none. */
export function openHostSecret(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  makeFile(path, randomBytes(BYTES));
  const { uid, mode } = statSync(path);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new Error(`${path} must be readable by this user alone.`);
  return sized(readFileSync(path), path);
}

/** Hands the control plane its key: a file that it alone can read besides root. */
export function handControlKey(runDir: string, { control }: HostKeys, owner: WebUser | undefined): void {
  const path = controlKeyPath(runDir);
  const draft = `${path}.${newId()}`;
  const fd = openSync(draft, 'wx', 0o400);
  try {
    writeSync(fd, control);
  } finally {
    closeSync(fd);
  }
  if (owner) chownSync(draft, owner.uid, owner.gid);
  chmodSync(draft, 0o400);
  renameSync(draft, path);
}

export const readControlKey = (runDir: string): Buffer => {
  const path = controlKeyPath(runDir);
  return sized(readFileSync(path), path);
};

const derived = (secret: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `vitrine ${purpose}`, BYTES));

function sized(bytes: Buffer, path: string): Buffer {
  if (bytes.length !== BYTES) throw new Error(`${path} does not hold a key.`);
  return bytes;
}

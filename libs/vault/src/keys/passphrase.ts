import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hashRaw } from '@node-rs/argon2';
import { KEY_BYTES, keyFrom } from '@vitrine/sealing';
import { VaultLocked, type KeyProvider } from './key-provider.js';
import { LocalKeyProvider } from './local-key.provider.js';

// Far above what a sign-in costs, because it is done once at start and guesses are made on the thief's own machine.
// RFC 9106 §4; `algorithm: 2` is argon2id, the package's enum exists only in its types.
const COST = {
  algorithm: 2,
  memoryCost: 256 * 1024,
  timeCost: 3,
  parallelism: 1,
  outputLen: KEY_BYTES,
} as const;
const SHORTEST = 12;

/**
 * Makes the key-encryption key of the passphrase in a file. The salt is the installation's own, so that one guess
 * cannot be tried on many installations. Throws `VaultLocked`.
 */
export async function openPassphraseFile(path: string, installationId: string): Promise<KeyProvider> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new VaultLocked(
      `The passphrase file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      { cause: error },
    );
  });
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase.length < SHORTEST)
    throw new VaultLocked(`The passphrase in ${path} must have at least ${SHORTEST} characters.`);
  const salt = createHash('sha256').update(`vitrine passphrase ${installationId}`).digest();
  return new LocalKeyProvider(keyFrom(await hashRaw(passphrase, { ...COST, salt })));
}

import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFile, syncFolder } from '@vitrine/kernel';
import { KEY_BYTES, keyFrom, newKey } from '@vitrine/sealing';
import { VaultLocked, type KeyProvider } from './key-provider.js';
import { LocalKeyProvider } from './local-key.provider.js';

/** 32 bytes in base64, one line. */
const FORM = /^[A-Za-z0-9+/]{43}=\n?$/;

/**
 * Reads the key-encryption key of a file. Where there is none and one may be made, makes it, durable before it is
 * used. Throws `VaultLocked`.
 */
export async function openKeyFile(path: string, mayMake: boolean): Promise<KeyProvider> {
  if (mayMake) await makeKeyFile(path);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new VaultLocked(
      isCode(error, 'ENOENT')
        ? `The key file ${path} is not there, and the stored files cannot be read without it: put it back from your copy, or set VITRINE_KEY_FILE to where it is.`
        : `The key file ${path} cannot be read (${codeOf(error)}).`,
      { cause: error },
    );
  });
  const bytes = Buffer.from(text, 'base64');
  if (!FORM.test(text) || bytes.length !== KEY_BYTES)
    throw new VaultLocked(`The key file ${path} does not hold a key of Vitrine.`);
  return new LocalKeyProvider(keyFrom(bytes));
}

async function makeKeyFile(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await chmod(folder, 0o700);
    if (!makeFile(path, `${newKey().export().toString('base64')}\n`)) return;
    // A key that a power cut takes away with its folder would take everything that it wraps with it.
    if (made !== undefined) await syncFolder(dirname(made));
  } catch (error) {
    throw new VaultLocked(
      `The key file ${path} cannot be made (${codeOf(error)}): set VITRINE_KEY_FILE to a place outside of the data folder that can be written.`,
      { cause: error },
    );
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown';
const isCode = (error: unknown, code: string): boolean => codeOf(error) === code;

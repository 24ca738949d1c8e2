import type { KeySource, Settings } from '@vitrine/kernel';
import { openKeyFile } from './key-file.js';
import { VaultLocked, type KeyProvider } from './key-provider.js';
import { openPassphraseFile } from './passphrase.js';

export interface KeySources {
  readonly current: KeyProvider;
  /** Wraps what is stored, which is to be wrapped by the current one from now on. */
  readonly former: KeyProvider | undefined;
}

/**
 * Opens the key-encryption key and, where the operator names it, the previous one, and makes sure that they wrap what is
 * stored. A new key is made only where nothing is wrapped yet or the previous one covers it. Throws `VaultLocked`.
 *
 * @param used Which keys wrap what is stored (`KeyProvider.id`).
 */
export async function openKeySources(
  { vault, installationId }: Pick<Settings, 'vault' | 'installationId'>,
  used: ReadonlySet<string>,
): Promise<KeySources> {
  const previous =
    vault.previousKey === undefined
      ? undefined
      : await openKeySource(vault.previousKey, installationId, false);
  // The previous key covers what is stored, so that a new one may be made.
  const covered = [...used].every((id) => id === previous?.id);
  const current = await openKeySource(vault.key, installationId, covered);
  const strange = [...used].filter((id) => id !== current.id);
  if (strange.length === 0) return { current, former: undefined };
  if (previous === undefined || strange.some((id) => id !== previous.id))
    throw new VaultLocked(
      `The key in ${vault.key.path} is not the one with which the stored files were sealed, so nothing was opened: put back the right one.`,
    );
  return { current, former: previous };
}

/** Opens the key-encryption key; makes a key file only where none is and one may be made. Throws `VaultLocked`. */
export const openKeySource = (
  source: KeySource,
  installationId: string,
  mayMake: boolean,
): Promise<KeyProvider> =>
  source.kind === 'file'
    ? openKeyFile(source.path, mayMake)
    : openPassphraseFile(source.path, installationId);

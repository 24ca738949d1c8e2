import type { KeyObject } from 'node:crypto';

/**
 * Holds the key-encryption key: a file, a passphrase, or a service that never hands the key out. Whoever has it and
 * the database can read everything; whoever lacks it, nothing.
 */
export interface KeyProvider {
  /** Tells one key from another and says nothing about it. The same for ever for the same key. */
  readonly id: string;
  /** Wraps the key of a patient, bound to `context`. */
  wrap(key: KeyObject, context: Uint8Array): Promise<string>;
  /** Throws when it was wrapped by another key or with another context. */
  unwrap(wrapped: string, context: Uint8Array): Promise<KeyObject>;
}

export const KEY_PROVIDER = Symbol('KeyProvider');

/** The vault must not be opened. The message is one plain sentence for the operator. */
export class VaultLocked extends Error {
  override readonly name = 'VaultLocked';
}

import { createHmac, type KeyObject } from 'node:crypto';
import { unwrapKey, wrapKey } from '@vitrine/sealing';
import type { KeyProvider } from './key-provider.js';

const ID_DIGITS = 16;

/** A key-encryption key in the memory of this process. */
export class LocalKeyProvider implements KeyProvider {
  readonly id: string;

  constructor(private readonly key: KeyObject) {
    this.id = createHmac('sha256', key)
      .update('vitrine key-encryption key')
      .digest('hex')
      .slice(0, ID_DIGITS);
  }

  wrap(key: KeyObject, context: Uint8Array): Promise<string> {
    return Promise.resolve(wrapKey(this.key, key, context));
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async unwrap(wrapped: string, context: Uint8Array): Promise<KeyObject> {
    return unwrapKey(this.key, wrapped, context);
  }
}

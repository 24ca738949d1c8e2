import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { SealBroken, TAG_BYTES } from './format.js';

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const CIPHER = 'aes-256-gcm';

/** 256 random bits. A KeyObject, which no log and no JSON shows. */
export const newKey = (): KeyObject => createSecretKey(randomBytes(KEY_BYTES));

export const keyFrom = (bytes: Uint8Array): KeyObject => createSecretKey(bytes);

/** A key of its own for a purpose (HKDF, RFC 5869); the same again for the same words. */
export const derivedKey = (key: KeyObject, purpose: Uint8Array): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), purpose, KEY_BYTES)));

/** Seals a few bytes, such as a key or a description, bound to `context`. Base64. */
export function wrap(key: KeyObject, secret: Uint8Array, context: Uint8Array): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(context);
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  );
}

/** Throws `SealBroken` under another key or context. */
export function unwrap(key: KeyObject, wrapped: string, context: Uint8Array): Buffer {
  const bytes = Buffer.from(wrapped, 'base64');
  const end = bytes.length - TAG_BYTES;
  if (end < NONCE_BYTES) throw new SealBroken();
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(context);
  decipher.setAuthTag(bytes.subarray(end));
  const plain = decipher.update(bytes.subarray(NONCE_BYTES, end));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    throw new SealBroken();
  }
}

export const wrapKey = (key: KeyObject, secret: KeyObject, context: Uint8Array): string =>
  wrap(key, secret.export(), context);

export function unwrapKey(key: KeyObject, wrapped: string, context: Uint8Array): KeyObject {
  const bytes = unwrap(key, wrapped, context);
  if (bytes.length !== KEY_BYTES) throw new SealBroken();
  return createSecretKey(bytes);
}

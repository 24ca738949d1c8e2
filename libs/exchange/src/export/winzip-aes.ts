import { createCipheriv, createHmac, pbkdf2, type Cipher } from 'node:crypto';
import { promisify } from 'node:util';
import type { ZipSealer, ZipSource } from './zip-archive.js';

const SALT_BYTES = 16;
const KEY_BYTES = 32;
const VERIFIER_BYTES = 2;
const MAC_BYTES = 10;
const BLOCK_BYTES = 16;
/** Fixed by the format: the strength has to come from the passphrase. */
const ITERATIONS = 1000;

const derive = promisify(pbkdf2);

/**
 * Seals the files of an archive with a passphrase, as WinZip does with 256 bits (AE-2): 7-Zip, WinZip, Keka and others
 * open it. Names and sizes stay readable. Salts are made from `seed`, so that the same seed makes the same bytes; a
 * seed must never be used for two archives with other content.
 */
export class WinZipAes implements ZipSealer {
  readonly overhead = SALT_BYTES + VERIFIER_BYTES + MAC_BYTES;
  readonly extra = Buffer.from([0x01, 0x99, 7, 0, 2, 0, 0x41, 0x45, 3, 0, 0]);

  constructor(
    private readonly passphrase: string,
    private readonly seed: Buffer,
  ) {}

  async *seal(source: ZipSource, index: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    // Asked for although no header holds it: what is not intact must not be sealed as if it were.
    await source.crc32(signal);
    const salt = createHmac('sha256', this.seed).update(String(index)).digest().subarray(0, SALT_BYTES);
    const keys = await derive(this.passphrase, salt, ITERATIONS, 2 * KEY_BYTES + VERIFIER_BYTES, 'sha1');
    yield Buffer.concat([salt, keys.subarray(2 * KEY_BYTES)]);
    const stream = new LittleEndianCounter(keys.subarray(0, KEY_BYTES));
    const mac = createHmac('sha1', keys.subarray(KEY_BYTES, 2 * KEY_BYTES));
    if (source.bytes > 0)
      for await (const chunk of await source.read({ start: 0, end: source.bytes })) {
        const sealed = stream.apply(chunk);
        mac.update(sealed);
        yield sealed;
      }
    yield mac.digest().subarray(0, MAC_BYTES);
  }
}

/** AES in counter mode with the counter's bytes the other way round than NIST, and OpenSSL, have them; begins at 1. */
class LittleEndianCounter {
  private readonly cipher: Cipher;
  private next = 1;
  private left = Buffer.alloc(0);

  constructor(key: Buffer) {
    this.cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  }

  apply(chunk: Uint8Array): Buffer {
    const stream = this.take(chunk.length);
    for (let at = 0; at < chunk.length; at++) stream[at] = (stream[at] ?? 0) ^ (chunk[at] ?? 0);
    return stream;
  }

  private take(bytes: number): Buffer {
    const blocks = Math.ceil(Math.max(0, bytes - this.left.length) / BLOCK_BYTES);
    const counters = Buffer.alloc(blocks * BLOCK_BYTES);
    for (let block = 0; block < blocks; block++, this.next++) {
      counters.writeUInt32LE(this.next % 2 ** 32, block * BLOCK_BYTES);
      counters.writeUInt32LE(Math.floor(this.next / 2 ** 32), block * BLOCK_BYTES + 4);
    }
    const stream = Buffer.concat([this.left, this.cipher.update(counters)]);
    this.left = stream.subarray(bytes);
    return stream.subarray(0, bytes);
  }
}

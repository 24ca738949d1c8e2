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
    const salt = createHmac('sha256', this.seed).update(String(index)).digest().subarray(0, SALT_BYTES);
    const keys = await derive(this.passphrase, salt, ITERATIONS, 2 * KEY_BYTES + VERIFIER_BYTES, 'sha1');
    yield Buffer.concat([salt, keys.subarray(2 * KEY_BYTES)]);
    const stream = new LittleEndianCounter(keys.subarray(0, KEY_BYTES));
    const mac = createHmac('sha1', keys.subarray(KEY_BYTES, 2 * KEY_BYTES));
    if (source.bytes > 0)
      for await (const chunk of await source.read({ start: 0, end: source.bytes })) {
        // What lies before the part that is asked for is sealed without a byte of it leaving.
        signal.throwIfAborted();
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
  private left: Uint8Array = new Uint8Array(0);

  constructor(key: Buffer) {
    this.cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  }

  apply(chunk: Uint8Array): Buffer {
    // Memory of its own, so that it can be worked on by words: bytes one by one take ten times as long.
    const sealed = Buffer.allocUnsafeSlow(chunk.length);
    sealed.set(chunk);
    const stream = this.take(chunk.length);
    const words = chunk.length >>> 2;
    const into = new Int32Array(sealed.buffer, 0, words);
    const from = new Int32Array(stream.buffer, stream.byteOffset, words);
    for (let word = 0; word < words; word++) into[word] = (into[word] ?? 0) ^ (from[word] ?? 0);
    for (let at = words * 4; at < chunk.length; at++) sealed[at] = (sealed[at] ?? 0) ^ (stream[at] ?? 0);
    return sealed;
  }

  /** The next bytes of the key stream, at a place in memory where words begin. */
  private take(bytes: number): Uint8Array {
    const blocks = Math.ceil(Math.max(0, bytes - this.left.length) / BLOCK_BYTES);
    const counters = new Uint32Array(blocks * 4);
    for (let word = 0; word < counters.length; word += 4, this.next++) {
      counters[word] = this.next % 2 ** 32;
      counters[word + 1] = Math.floor(this.next / 2 ** 32);
    }
    const made = this.cipher.update(new Uint8Array(counters.buffer));
    const stream = new Uint8Array(this.left.length + made.length);
    stream.set(this.left);
    stream.set(made, this.left.length);
    this.left = stream.slice(bytes);
    return stream;
  }
}

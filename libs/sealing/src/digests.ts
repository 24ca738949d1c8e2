import { createHash, createHmac, type KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What is known of plain bytes once all of them went by. */
export interface PlainDigests {
  /** Hex HMAC-SHA-256 under the digest key. */
  readonly digest: string;
  /** Hex. Tells whoever has the same file what it is: to be kept sealed, as `crc32`. */
  readonly sha256: string;
  /** Unsigned (ISO 3309, as ZIP has it). */
  readonly crc32: number;
}

/** Digests plain bytes on their way to being sealed. */
export class Digester {
  private readonly hmac: ReturnType<typeof createHmac>;
  private readonly hash = createHash('sha256');
  private crc = 0;

  constructor(digestKey: KeyObject) {
    this.hmac = createHmac('sha256', digestKey);
  }

  update(plain: Uint8Array): void {
    this.hmac.update(plain);
    this.hash.update(plain);
    this.crc = crc32(plain, this.crc);
  }

  /** To be asked for once, at the end. */
  digests(): PlainDigests {
    return { digest: this.hmac.digest('hex'), sha256: this.hash.digest('hex'), crc32: this.crc };
  }
}

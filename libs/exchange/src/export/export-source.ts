import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { Problem } from '@vitrine/kernel';
import type { BlobChecks, CheckResult, VaultService } from '@vitrine/vault';
import type { PlacedFile } from './export-layout.js';
import type { ZipSource } from './zip-archive.js';

// One durable write for each of ten thousand small files would take longer than to send them.
const REMEMBERED_AT_ONCE = 200;

/** Bytes that we made ourselves. */
export const madeSource = (name: string, content: Buffer, at: Date): ZipSource => ({
  name,
  at,
  bytes: content.length,
  crc32: () => Promise.resolve(crc32(content)),
  read: ({ start, end }) => Promise.resolve(once(content.subarray(start, end))),
});

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * Files of the vault. A file whose sum is not known yet is read twice, the first time to make sure that it is what it
 * was when it came; what was learnt is kept for the next time.
 */
export class VaultSources {
  private readonly learnt: CheckResult[] = [];

  constructor(
    private readonly vault: VaultService,
    private readonly checks: BlobChecks,
    private readonly onDamage: (file: PlacedFile) => void,
  ) {}

  of(placed: PlacedFile): ZipSource {
    const { item, blob, path } = placed;
    let sum = blob.crc32;
    return {
      name: path.join('/'),
      at: new Date(item.addedAt),
      bytes: blob.bytes,
      crc32: async (signal) => (sum ??= await this.learn(placed, signal)),
      read: async (range) => {
        const content = await this.vault.open(item.patientId, blob.blobId, range);
        const isWhole = range.start === 0 && range.end === blob.bytes;
        return this.checked(content, placed, range.end - range.start, isWhole ? sum : undefined);
      },
    };
  }

  /** Writes down what was learnt. */
  async flush(): Promise<void> {
    await this.checks.remember(this.learnt.splice(0));
  }

  private async learn(placed: PlacedFile, signal: AbortSignal): Promise<number> {
    const result = await this.checks.read(placed.blob, signal);
    this.learnt.push(result);
    if (this.learnt.length >= REMEMBERED_AT_ONCE || result.crc32 === null) await this.flush();
    if (result.crc32 !== null) return result.crc32;
    this.onDamage(placed);
    throw new Problem('vault.damaged');
  }

  /** What leaves the house under a good checksum has to deserve it; otherwise the transfer is cut. */
  private async *checked(
    content: Readable,
    placed: PlacedFile,
    bytes: number,
    expected: number | undefined,
  ): AsyncGenerator<Uint8Array> {
    let sum = 0;
    let seen = 0;
    for await (const untrustedChunk of content) {
      const chunk = untrustedChunk as Uint8Array;
      seen += chunk.length;
      if (expected !== undefined) sum = crc32(chunk, sum);
      yield chunk;
    }
    if (seen === bytes && (expected === undefined || sum === expected)) return;
    this.onDamage(placed);
    throw new Problem('vault.damaged');
  }
}

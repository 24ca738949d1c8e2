import { crc32 } from 'node:zlib';
import { isProblem, Problem } from '@vitrine/kernel';
import type { BlobChecks, ByteRange, CheckResult, VaultService } from '@vitrine/vault';
import type { ExportedFile } from './export-layout.js';
import type { ZipSource } from './zip-archive.js';

// One durable write for each of ten thousand small files would take longer than to send them.
const REMEMBERED_AT_ONCE = 200;

/** Bytes that we made ourselves. */
export const madeSource = (name: string, content: Buffer, at: Date): ZipSource => ({
  name,
  at,
  bytes: content.length,
  crc32: crc32(content),
  read: ({ start, end }) => Promise.resolve(once(content.subarray(start, end))),
});

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Files of the vault. What is found while they are read is kept for the next time. */
export class VaultSources {
  private readonly found: CheckResult[] = [];

  constructor(
    private readonly vault: VaultService,
    private readonly checks: BlobChecks,
    private readonly onDamage: (file: ExportedFile) => void,
  ) {}

  of(file: ExportedFile): ZipSource {
    const { blob, path, at } = file;
    return {
      name: path.join('/'),
      at: new Date(at),
      bytes: blob.bytes,
      crc32: blob.sums.crc32,
      // eslint-disable-next-line @typescript-eslint/require-await
      read: async (range) => this.checked(file, range),
    };
  }

  /** Writes down what was found. */
  async flush(): Promise<void> {
    await this.checks.remember(this.found.splice(0));
  }

  /** What leaves the house under a good checksum has to deserve it; otherwise the transfer is cut. */
  private async *checked(file: ExportedFile, range: ByteRange): AsyncGenerator<Uint8Array> {
    const { blob } = file;
    const isWhole = range.start === 0 && range.end === blob.bytes;
    let sum = 0;
    let seen = 0;
    try {
      for await (const untrustedChunk of await this.vault.open(blob.patientId, blob.blobId, range)) {
        const chunk = untrustedChunk as Uint8Array;
        seen += chunk.length;
        if (isWhole) sum = crc32(chunk, sum);
        yield chunk;
      }
      if (seen !== range.end - range.start || (isWhole && sum !== blob.sums.crc32))
        throw new Problem('vault.damaged');
    } catch (error) {
      if (isProblem(error, 'vault.damaged')) {
        this.onDamage(file);
        this.found.push({ blob, finding: 'damaged' });
      }
      throw error;
    }
    if (!isWhole || blob.finding !== undefined) return;
    this.found.push({ blob, finding: 'intact' });
    if (this.found.length >= REMEMBERED_AT_ONCE) await this.flush();
  }
}

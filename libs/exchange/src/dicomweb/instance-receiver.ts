import { Problem } from '@vitrine/kernel';
import type { PreparedFile, VaultService } from '@vitrine/vault';
import type { Examiner } from '../examiner/examiner.js';
import type { OfferedFile } from '../import-examination.js';

/** So many are on their way to the medium at the same time. */
const PUTS_AT_ONCE = 32;

/** A part of a request; its name is ours. */
export interface NamedPart {
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Takes in what comes in one request: each part is sealed for the record at once, flushed and looked at while the next
 * ones come. Nothing of it is in the record before it is examined as a whole. Whoever makes one calls `discard` in the
 * end.
 */
export class InstanceReceiver {
  private readonly files: OfferedFile[] = [];
  private readonly prepared: PreparedFile[] = [];
  private readonly puts = new Set<Promise<void>>();

  /**
   * @param examiner is asked about what came; undefined where that is for later.
   * @param room bytes that may come; one more is `vault.quota-exceeded`.
   */
  constructor(
    private readonly vault: VaultService,
    private readonly patientId: string,
    private readonly examiner: Examiner | undefined,
    private room: number,
  ) {}

  /** In the order of the parts. Throws what the parts throw when they break off, and `vault.disk-full`. */
  async receive(parts: AsyncIterable<NamedPart>): Promise<readonly OfferedFile[]> {
    let index = 0;
    for await (const { name, content } of parts) {
      while (this.puts.size >= PUTS_AT_ONCE) await Promise.race(this.puts);
      const { through, read } = untilRead(this.bounded(content));
      const put = this.put(index++, name, through);
      await Promise.race([read, put]);
    }
    await Promise.all(this.puts);
    // The examiner is free for others then.
    await Promise.allSettled(this.files.map(({ answer }) => Promise.resolve(answer)));
    return this.files;
  }

  /** Frees what is not in the record by now. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.puts);
    await this.vault.discard(this.prepared);
  }

  private put(index: number, name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const put = this.prepare(index, name, content).then(() => {
      this.puts.delete(put);
    });
    // A failure stays in the set and ends the receiving where it is awaited; here it must not end the process.
    put.catch(() => undefined);
    this.puts.add(put);
    return put;
  }

  private async prepare(index: number, name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const prepared = await this.vault.prepare(this.patientId, content, { partition: 'imaging' });
    this.prepared.push(prepared);
    const { source } = prepared.pending;
    const answer = this.examiner?.recognise(source, name);
    answer?.catch(() => undefined);
    this.files[index] = { source, untrustedName: name, prepared, answer };
  }

  private async *bounded(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.room -= chunk.length;
      if (this.room < 0) throw new Problem('vault.quota-exceeded');
      yield chunk;
    }
  }
}

/** The same content, and when somebody has read it to its end. */
function untilRead(content: AsyncIterable<Uint8Array>) {
  let end: () => void = () => undefined;
  const read = new Promise<void>((resolve) => (end = resolve));
  async function* through(): AsyncGenerator<Uint8Array> {
    yield* content;
    end();
  }
  return { through: through(), read };
}

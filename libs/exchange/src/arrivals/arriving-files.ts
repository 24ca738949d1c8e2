import { isProblem, Problem } from '@vitrine/kernel';
import type { EntryWriter, PackWriter } from '../uploads/pack-writer.js';
import type { Arrival, Arrivals, Destination } from './arrivals.js';

/** A whole-slide image or an ultrasound sequence has some gigabytes. */
export const LARGEST_FILE_BYTES = 16 * 1024 ** 3;
const FILES_PER_ARRIVAL = 100_000;
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EMFILE', 'ENFILE']);

/** There is no room for this, or not for one more. */
class NoRoom extends Error {
  override readonly name = 'NoRoom';
}

/** Why something is not taken, where the other side can do something about it, or later; undefined for a bug. */
export function refusalOf(error: unknown): 'no-room' | 'code-ended' | undefined {
  if (isProblem(error, 'delegation.deposit-code-unusable')) return 'code-ended';
  const isNoRoom =
    error instanceof NoRoom ||
    error instanceof Problem ||
    NO_ROOM.has((error as NodeJS.ErrnoException).code ?? '');
  return isNoRoom ? 'no-room' : undefined;
}

/** What comes over one connection. For each arrival that it takes part in, it writes a pack of its own. */
export class ArrivingFiles {
  private readonly packs = new Map<string, { readonly arrival: Arrival; readonly writer: PackWriter }>();

  constructor(
    private readonly arrivals: Arrivals,
    private readonly largest: number,
  ) {}

  /** One file at a time. What is thrown, `refusalOf` knows. */
  async begin(destination: Destination, name: string): Promise<ArrivingFile> {
    await this.arrivals.requireRoom();
    const arrival = await this.arrivals.join(this, destination);
    try {
      if (arrival.files >= FILES_PER_ARRIVAL) throw new NoRoom();
      const writer = await this.packOf(arrival);
      return new ArrivingFile(writer.begin(name), arrival, this.largest, () => this.arrivals.done(arrival));
    } catch (error) {
      this.arrivals.done(arrival);
      throw error;
    }
  }

  /** The connection is over. */
  end(): void {
    for (const { writer, arrival } of this.packs.values())
      // Nothing is written any more; that the file cannot be closed changes nothing about what it holds.
      void writer
        .close()
        .catch(() => undefined)
        .finally(() => this.arrivals.leave(this, arrival));
    this.packs.clear();
  }

  private async packOf(arrival: Arrival): Promise<PackWriter> {
    const { key } = arrival.destination;
    const old = this.packs.get(key);
    if (old?.arrival === arrival) return old.writer;
    const writer = await arrival.newPack();
    this.packs.set(key, { arrival, writer });
    await old?.writer.close();
    return writer;
  }
}

/** One file on its way into the pack, counted against the room that there is. */
export class ArrivingFile {
  private bytes = 0;

  constructor(
    private readonly entry: EntryWriter,
    private readonly arrival: Arrival,
    private readonly largest: number,
    private readonly done: () => void,
  ) {}

  async write(chunk: Buffer): Promise<void> {
    this.bytes += chunk.length;
    this.arrival.room -= chunk.length;
    if (this.arrival.room < 0 || this.bytes > this.largest) throw new NoRoom();
    await this.entry.write(chunk);
  }

  /** Resolves when the file survives a power cut. */
  async finish(): Promise<void> {
    try {
      await this.entry.finish();
      this.arrival.files++;
    } catch (error) {
      await this.entry.discard().catch(() => undefined);
      this.arrival.room += this.bytes;
      throw error;
    } finally {
      this.done();
    }
  }

  async discard(): Promise<void> {
    try {
      await this.entry.discard();
      this.arrival.room += this.bytes;
    } finally {
      this.done();
    }
  }
}

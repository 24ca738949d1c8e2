import { isUid } from '@vitrine/dicom';
import {
  isStorageClass,
  part10Header,
  STATUS,
  StatusError,
  type AnnouncedObject,
  type ObjectSink,
  type Proposal,
  type Terms,
  type Visit,
} from '@vitrine/dimse';
import { Problem } from '@vitrine/kernel';
import type { EntryWriter, PackWriter } from '../uploads/pack-writer.js';
import type { Arrival, Arrivals, Destination } from './arrivals.js';

/** A whole-slide image or an ultrasound sequence has some gigabytes. */
export const LARGEST_OBJECT_BYTES = 16 * 1024 ** 3;
const FILES_PER_ARRIVAL = 100_000;
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EMFILE', 'ENFILE']);

/** One association of somebody who sends. Each association writes a pack of its own. */
export class SenderVisit implements Visit {
  private pack: { readonly arrival: Arrival; readonly writer: PackWriter } | undefined;

  constructor(
    private readonly arrivals: Arrivals,
    private readonly destination: Destination,
    private readonly callingAeTitle: string,
    private readonly largestObject: number,
    private readonly onEnd: () => void,
  ) {}

  /** The requestor's first encoding is taken: it names first what it has, and then nothing is converted. */
  agree({ abstractSyntax, transferSyntaxes }: Proposal): Terms | undefined {
    if (!isStorageClass(abstractSyntax)) return undefined;
    return { transferSyntax: transferSyntaxes[0], role: { scu: true, scp: false } };
  }

  async store(object: AnnouncedObject): Promise<ObjectSink> {
    const { sopInstanceUid } = object;
    if (!isUid(sopInstanceUid))
      throw new StatusError(STATUS.invalidSopInstance, 'The SOP instance UID is none.');
    await this.arrivals.requireRoom().catch(asStatus);
    const arrival = await this.arrivals.join(this, this.destination).catch(asStatus);
    try {
      if (arrival.files >= FILES_PER_ARRIVAL) throw noRoom();
      const writer = await this.packOf(arrival);
      const entry = writer.begin(`${sopInstanceUid}.dcm`);
      await entry.write(part10Header({ ...object, sourceAeTitle: this.callingAeTitle }));
      return new ArrivingObject(entry, arrival, this.largestObject, () => this.arrivals.done(arrival));
    } catch (error) {
      this.arrivals.done(arrival);
      return asStatus(error);
    }
  }

  end(): void {
    const { pack } = this;
    this.pack = undefined;
    // Nothing is written any more; that the file cannot be closed changes nothing about what it holds.
    if (pack !== undefined)
      void pack.writer
        .close()
        .catch(() => undefined)
        .finally(() => this.arrivals.leave(this, pack.arrival));
    this.onEnd();
  }

  private async packOf(arrival: Arrival): Promise<PackWriter> {
    if (this.pack?.arrival === arrival) return this.pack.writer;
    const old = this.pack;
    this.pack = { arrival, writer: await arrival.newPack() };
    await old?.writer.close();
    return this.pack.writer;
  }
}

/** One object on its way into the pack, counted against the room that there is. */
class ArrivingObject implements ObjectSink {
  private bytes = 0;

  constructor(
    private readonly entry: EntryWriter,
    private readonly arrival: Arrival,
    private readonly largest: number,
    private readonly done: () => void,
  ) {}

  async write(fragment: Buffer): Promise<void> {
    this.bytes += fragment.length;
    this.arrival.room -= fragment.length;
    if (this.arrival.room < 0 || this.bytes > this.largest) throw noRoom();
    await this.entry.write(fragment).catch(asStatus);
  }

  async finish(): Promise<void> {
    try {
      await this.entry.finish();
      this.arrival.files++;
    } catch (error) {
      await this.entry.discard().catch(() => undefined);
      this.arrival.room += this.bytes;
      asStatus(error);
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

const noRoom = (): StatusError => new StatusError(STATUS.outOfResources, 'There is no room for this.');

/** Failures that the other side can do something about, or later; everything else is a bug and is thrown on. */
function asStatus(error: unknown): never {
  if (error instanceof StatusError) throw error;
  if (error instanceof Problem) {
    if (error.code === 'delegation.deposit-code-unusable')
      throw new StatusError(STATUS.notAuthorized, 'The deposit code does not work any more.');
    throw noRoom();
  }
  if (NO_ROOM.has((error as NodeJS.ErrnoException).code ?? '')) throw noRoom();
  throw error;
}

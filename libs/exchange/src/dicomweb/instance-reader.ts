import { Injectable } from '@nestjs/common';
import { jsonOf, type PixelFacts } from '@vitrine/dicom';
import { Problem } from '@vitrine/kernel';
import type { KeptInstance } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';
import { DataSetWorkers } from '../data-set/data-set-workers.js';
import { framePlaces, type Place } from '../data-set/frame-places.js';
import type { DataSetResult } from '../data-set/protocol.js';
import { swapped } from '../data-set/swap.js';

/** Bytes to send, opened when their turn comes. */
export type Content = () => AsyncIterable<Uint8Array>;

export interface Frames {
  /** Of the bytes: the file's own where they are compressed, else explicit little endian. */
  readonly transferSyntaxUid: string;
  readonly compressed: boolean;
  readonly frames: readonly Content[];
}

const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
// A viewer asks for the frames of one instance one after the other.
const REMEMBERED = 64;
const WINDOW_BYTES = 64 * 1024;

type Pixels = Pick<DataSetResult, 'pixels' | 'inflated'>;

/** Reads kept instances: their whole data sets as JSON, and their frames and large values as bytes. */
@Injectable()
export class InstanceReader {
  private readonly known = new Map<string, Promise<Pixels>>();
  private readonly places = new Map<string, Promise<readonly (readonly Place[])[]>>();

  constructor(
    private readonly vault: VaultService,
    private readonly workers: DataSetWorkers,
  ) {}

  /**
   * UTF-8 of the DICOM JSON Model (PS3.18 §F.2); values that are long are told as `bulkBase` and a path. An instance
   * that cannot be read to its end is told by what is known of it for searches.
   */
  async metadata(instance: KeptInstance, bulkBase: string): Promise<Uint8Array> {
    try {
      return (await this.read(instance, { bulkBase })).json;
    } catch (error) {
      if (!(error instanceof Problem) || error.row.blame !== 'caller') throw error;
      const { file } = instance;
      const uids = {
        '00080016': [file.sopClassUid ?? ''],
        '00080018': [file.sopInstanceUid ?? ''],
        '0020000D': [instance.studyInstanceUid],
        '0020000E': [file.seriesInstanceUid ?? ''],
      };
      return Buffer.from(JSON.stringify(jsonOf({ ...file.attributes, ...uids })));
    }
  }

  /** The bytes of an instance as they came in. */
  content({ file }: KeptInstance): Content {
    return () => this.range(file.patientId, file.blobId, 0, file.bytes);
  }

  /** These frames, counted from 1. Throws `delegation.not-visible` where there is no such frame. */
  async frames(instance: KeptInstance, numbers: readonly number[] | 'all'): Promise<Frames> {
    const { pixels, inflated } = await remember(this.known, instance.file.blobId, async () => {
      const result = await this.read(instance, { bulkBase: '' });
      return { pixels: result.pixels, inflated: result.inflated };
    });
    if (pixels === undefined) throw new Problem('delegation.not-visible');
    const wanted =
      numbers === 'all' ? Array.from({ length: pixels.frames }, (_, index) => index + 1) : numbers;
    if (wanted.some((number) => number < 1 || number > pixels.frames))
      throw new Problem('delegation.not-visible');
    return pixels.length === undefined
      ? this.compressedFrames(instance, pixels, wanted)
      : this.plainFrames(instance, pixels, inflated, wanted);
  }

  /** A value that the metadata told as an address. Throws `delegation.not-visible` where there is none. */
  async bulkData(instance: KeptInstance, path: string): Promise<Content> {
    const { value, inflated } = await this.read(instance, { bulkBase: '', bulkPath: path });
    if (value?.end === undefined) throw new Problem('delegation.not-visible');
    const { start, end, littleEndian, vr } = value;
    const unit = { OW: 2, OF: 4, OL: 4, OD: 8, OV: 8 }[vr] ?? 1;
    return this.plain(instance, inflated, [start, end], littleEndian ? 1 : unit);
  }

  private plainFrames(
    instance: KeptInstance,
    pixels: PixelFacts,
    inflated: Uint8Array | undefined,
    wanted: readonly number[],
  ): Frames {
    const { valueAt, length = 0, bitsPerFrame, bitsAllocated, frames, littleEndian, vr } = pixels;
    // YBR_FULL_422 stores less than the header says (PS3.3 C.7.6.3.1.2).
    const bits = Math.min(bitsPerFrame, Math.floor(length / frames) * 8);
    // Single bits are packed across frames (PS3.5 §8.1.1), and nothing here moves bits.
    if (frames > 1 && bitsAllocated === 1 && bitsPerFrame % 8 !== 0)
      throw new Problem('exchange.not-acceptable');
    const bytes = Math.ceil(bits / 8);
    const unit = littleEndian ? 1 : bitsAllocated > 8 ? bitsAllocated / 8 : vr === 'OW' ? 2 : 1;
    return {
      transferSyntaxUid: EXPLICIT_LITTLE,
      compressed: false,
      frames: wanted.map((number) => {
        const start = valueAt + (number - 1) * bytes;
        return this.plain(instance, inflated, [start, start + bytes], unit);
      }),
    };
  }

  private async compressedFrames(
    instance: KeptInstance,
    { transferSyntaxUid, valueAt, frames }: PixelFacts,
    wanted: readonly number[],
  ): Promise<Frames> {
    const { patientId, blobId, bytes } = instance.file;
    const places = await remember(this.places, blobId, () =>
      framePlaces(this.windowed(patientId, blobId, bytes), valueAt, frames),
    );
    return {
      transferSyntaxUid,
      compressed: true,
      frames: wanted.map((number) => () => this.joined(instance, places[number - 1] ?? [])),
    };
  }

  private plain(
    { file }: KeptInstance,
    inflated: Uint8Array | undefined,
    [start, end]: Place,
    unit: number,
  ): Content {
    return () => {
      const bytes =
        inflated === undefined
          ? this.range(file.patientId, file.blobId, start, end)
          : once(inflated.subarray(start, end));
      return unit === 1 ? bytes : swapped(bytes, unit);
    };
  }

  private async *joined({ file }: KeptInstance, places: readonly Place[]): AsyncGenerator<Uint8Array> {
    for (const [start, end] of places) yield* this.range(file.patientId, file.blobId, start, end);
  }

  private async *range(
    patientId: string,
    blobId: string,
    start: number,
    end: number,
  ): AsyncGenerator<Uint8Array> {
    if (end <= start) return;
    yield* (await this.vault.open(patientId, blobId, { start, end })) as AsyncIterable<Uint8Array>;
  }

  private read(
    { file }: KeptInstance,
    options: { readonly bulkBase: string; readonly bulkPath?: string },
  ): Promise<DataSetResult> {
    const { patientId, blobId, bytes } = file;
    return this.workers.read(
      bytes,
      (start, end) => gather(this.range(patientId, blobId, start, end)),
      options,
    );
  }

  /** Small reads that follow each other, as headers of fragments do, are one read of the store. */
  private windowed(patientId: string, blobId: string, size: number) {
    let start = 0;
    let window: Uint8Array = new Uint8Array(0);
    return async (at: number, length: number): Promise<Uint8Array> => {
      const end = Math.min(size, at + length);
      if (at < start || end > start + window.length) {
        start = at;
        window = await gather(
          this.range(patientId, blobId, at, Math.min(size, at + Math.max(length, WINDOW_BYTES))),
        );
      }
      return window.subarray(at - start, Math.max(at, end) - start);
    };
  }
}

/** Blobs never change, so what was found out about one stays true. */
async function remember<T>(
  memory: Map<string, Promise<T>>,
  blobId: string,
  find: () => Promise<T>,
): Promise<T> {
  const found = memory.get(blobId) ?? find();
  memory.delete(blobId);
  memory.set(blobId, found);
  const oldest = memory.keys().next().value;
  if (memory.size > REMEMBERED && oldest !== undefined) memory.delete(oldest);
  try {
    return await found;
  } catch (error) {
    memory.delete(blobId);
    throw error;
  }
}

async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

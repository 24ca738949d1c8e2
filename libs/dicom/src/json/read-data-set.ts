import { windowed, type ByteSource } from '../byte-source.js';
import { Malformed, UNDEFINED_LENGTH } from '../element-walker.js';
import { openDataSet, TooLarge } from '../header-reader.js';
import { DataSetReader, type ValuePlace } from './data-set-reader.js';
import type { JsonDataSet } from './json-model.js';

/** What of an instance is needed to hand out its frames. */
export interface PixelFacts {
  readonly transferSyntaxUid: string;
  readonly vr: string;
  readonly littleEndian: boolean;
  readonly valueAt: number;
  /** Undefined where the pixels are compressed fragments. */
  readonly length: number | undefined;
  readonly frames: number;
  readonly bitsPerFrame: number;
  readonly bitsAllocated: number;
}

export type DataSetAnswer =
  | {
      readonly kind: 'data-set';
      readonly json: JsonDataSet;
      readonly pixels: PixelFacts | undefined;
      readonly bulk: ReadonlyMap<string, ValuePlace>;
      readonly littleEndian: boolean;
      /** The unpacked data set where the file is deflated; all places are in it then. */
      readonly inflated: ByteSource | undefined;
    }
  | { readonly kind: 'refused'; readonly reason: 'truncated' | 'damaged' | 'too-large' };

/**
 * Reads a whole data set as `DataSetReader` does. Never throws for what is in the file; whatever the source itself
 * throws passes through.
 */
export function readDataSet(file: ByteSource, addressOf: (path: string) => string): DataSetAnswer {
  try {
    const { source, start, syntax, transferSyntaxUid, deflated } = openDataSet(windowed(file));
    const reader = new DataSetReader(source, addressOf);
    const json = reader.read(start, syntax);
    const { littleEndian } = syntax;
    return {
      kind: 'data-set',
      json: { ...json, '00083002': { vr: 'UI', Value: [transferSyntaxUid] } },
      pixels: pixelsOf(json, reader.bulk, transferSyntaxUid, littleEndian),
      bulk: reader.bulk,
      littleEndian,
      inflated: deflated ? source : undefined,
    };
  } catch (error) {
    if (error instanceof TooLarge) return { kind: 'refused', reason: 'too-large' };
    if (error instanceof Malformed) return { kind: 'refused', reason: error.reason };
    throw error;
  }
}

function pixelsOf(
  json: JsonDataSet,
  bulk: ReadonlyMap<string, ValuePlace>,
  transferSyntaxUid: string,
  littleEndian: boolean,
): PixelFacts | undefined {
  const place = bulk.get('7FE00010') ?? bulk.get('7FE00008') ?? bulk.get('7FE00009');
  const [rows, columns] = [numberOf(json, '00280010', 0), numberOf(json, '00280011', 0)];
  if (place === undefined || rows * columns === 0) return undefined;
  const bitsAllocated = numberOf(json, '00280100', 8);
  return {
    transferSyntaxUid,
    littleEndian,
    vr: place.vr,
    valueAt: place.valueAt,
    length: place.length === UNDEFINED_LENGTH ? undefined : place.length,
    frames: Math.max(1, numberOf(json, '00280008', 1)),
    bitsPerFrame: rows * columns * numberOf(json, '00280002', 1) * bitsAllocated,
    bitsAllocated,
  };
}

function numberOf(json: JsonDataSet, tag: string, fallback: number): number {
  const value = Number(json[tag]?.Value?.[0] ?? fallback);
  return Number.isSafeInteger(value) && value >= 0 ? value : fallback;
}

import type { PixelFacts } from '@vitrine/dicom';

/** What the worker is asked. The file stays where it is: the worker asks for the bytes that it needs. */
export interface DataSetRequest {
  readonly size: number;
  /** The beginning of the file, since it is always needed. */
  readonly beginning: Uint8Array;
  /** Before the path of each value that is told as an address. */
  readonly bulkBase: string;
  /** Path of one value to find. */
  readonly bulkPath?: string;
}

/** Asked for by the worker in the midst of its work. */
export interface BytesWanted {
  readonly kind: 'bytes';
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a value: where they lie in the file, or themselves where the file is deflated. */
export interface FoundValue {
  readonly vr: string;
  readonly start: number;
  /** Undefined for compressed fragments. */
  readonly end: number | undefined;
  readonly littleEndian: boolean;
}

export interface DataSetResult {
  readonly kind: 'result';
  /** UTF-8 of the DICOM JSON Model of the instance. */
  readonly json: Uint8Array;
  readonly pixels: PixelFacts | undefined;
  readonly value: FoundValue | undefined;
  /** The unpacked data set, if the file is deflated: places are in it then. */
  readonly inflated: Uint8Array | undefined;
}

export interface DataSetRefused {
  readonly kind: 'refused';
  readonly reason: 'truncated' | 'damaged' | 'too-large';
}

export type WorkerSays = BytesWanted | DataSetResult | DataSetRefused;

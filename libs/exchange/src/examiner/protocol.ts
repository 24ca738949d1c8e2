import { isProblemCode } from '../recognition/answer.js';
import type { ProblemCode } from '@vitrine/kernel';
import { LONGEST_NAME, MAXIMUM_ENTRIES } from './bounds.js';
import type { SourceText } from './source-text.js';

/** What the examiner is asked: one line of JSON each. */
export type ExaminerRequest =
  | { readonly op: 'recognise'; readonly source: SourceText; readonly name: string }
  | {
      readonly op: 'unpack';
      readonly source: SourceText;
      readonly target: string;
      /** Base64; what comes out is sealed by `partTerms` of it. */
      readonly partsKey: string;
      readonly maximumBytes: number;
    };

/** One entry of an archive that now lies in the target folder as a file named by its number. */
export interface UnpackedEntry {
  readonly part: number;
  readonly untrustedName: string;
}

export interface RefusedEntry {
  readonly untrustedName: string;
  readonly code: ProblemCode;
}

/** What unpacking came to. `refused` is a reason to use nothing of the archive. */
export interface Unpacked {
  readonly entries: readonly UnpackedEntry[];
  readonly refusedEntries: readonly RefusedEntry[];
  readonly emptyEntries: number;
  readonly refused: ProblemCode | null;
}

const isName = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_NAME;

export function checkEntry(untrusted: unknown): UnpackedEntry | undefined {
  const { part, untrustedName } = untrusted as Record<string, unknown>;
  return Number.isInteger(part) &&
    (part as number) >= 0 &&
    (part as number) < MAXIMUM_ENTRIES &&
    isName(untrustedName)
    ? { part: part as number, untrustedName }
    : undefined;
}

export function checkRefusedEntry(untrusted: unknown): RefusedEntry | undefined {
  const { code, untrustedName } = untrusted as Record<string, unknown>;
  return isProblemCode(code) && isName(untrustedName) ? { untrustedName, code } : undefined;
}

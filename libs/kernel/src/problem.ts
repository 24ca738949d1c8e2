import type { ProblemRow } from './problem-row.js';
import { PROBLEMS, type ProblemCode } from './problems.js';

export interface ProblemOptions {
  /** Replaces the row's sentence where a more exact one is known. Shown to people: never a name or a tag's value. */
  readonly message?: string;
  /** Extra members of the answer (RFC 9457 §3.2), for example `remainingTries`. Shown to the caller. */
  readonly extensions?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** For the log only: ids and counts, never names or values from a record. */
  readonly logContext?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly cause?: unknown;
}

/** A failure that was foreseen. Whatever is thrown and is not a Problem is a bug. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly row: ProblemRow;
  readonly extensions: NonNullable<ProblemOptions['extensions']>;
  readonly logContext: NonNullable<ProblemOptions['logContext']>;

  constructor(
    readonly code: ProblemCode,
    options: ProblemOptions = {},
  ) {
    super(options.message ?? PROBLEMS[code].message, { cause: options.cause });
    this.row = PROBLEMS[code];
    this.extensions = options.extensions ?? {};
    this.logContext = options.logContext ?? {};
  }

  /** Turns anything that was thrown into a Problem; a stranger becomes `kernel.unexpected` and keeps its cause. */
  static from(thrown: unknown): Problem {
    return thrown instanceof Problem ? thrown : new Problem('kernel.unexpected', { cause: thrown });
  }
}

/** True for the code of a Problem, so that a caller can react to exactly one condition. */
export const isProblem = (thrown: unknown, code: ProblemCode): thrown is Problem =>
  thrown instanceof Problem && thrown.code === code;

import { Problem, PROBLEMS, type ProblemCode } from '@vitrine/kernel';
import type { Decoder } from './decode.js';
import { nullable, object, text } from './decode.js';

/** A Problem on its way to another process: what the log shall know of it as one text. */
export interface WireProblem {
  readonly code: ProblemCode;
  readonly reason: string | null;
}

const code: Decoder<ProblemCode> = (untrusted) =>
  typeof untrusted === 'string' && Object.hasOwn(PROBLEMS, untrusted)
    ? (untrusted as ProblemCode)
    : 'kernel.unexpected';

export const WIRE_PROBLEM: Decoder<WireProblem> = object({ code, reason: nullable(text(/^[^]*$/, 2000)) });

export function toWire(error: unknown): WireProblem {
  const problem = Problem.from(error);
  const said = [...Object.values(problem.logContext), messageOf(problem.cause)].filter(Boolean).join('; ');
  return { code: problem.code, reason: said === '' ? null : said.slice(0, 2000) };
}

export const fromWire = ({ code, reason }: WireProblem): Problem =>
  new Problem(code, { logContext: reason === null ? {} : { reason } });

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : '');

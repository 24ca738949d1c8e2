import { Problem } from '@vitrine/kernel';
import { asProblem } from '../damage.js';

/** What went wrong with a request, as far as the store said anything. */
interface Failure {
  readonly name: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const NO_ROOM = new Set(['InsufficientStorage', 'QuotaExceeded', 'XMinioStorageFull']);
/** Refusals of what may be accepted when it is sent again. */
const AGAIN = new Set([
  'BadDigest',
  'IncompleteBody',
  'OperationAborted',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'SlowDown',
  'XAmzContentSHA256Mismatch',
]);

export const statusOf = (error: unknown): number | undefined => (error as Failure).$metadata?.httpStatusCode;

/** The code of the store or of the network. */
export const failureOf = (error: unknown): string => {
  const { name, code } = error as Failure;
  return code ?? (name === 'Unknown' ? `status ${statusOf(error) ?? 'unknown'}` : name);
};

/** May the same request succeed a moment later? Everything that is not an answer may: cut, refused, too slow. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return (
    status === undefined || status >= 500 || status === 408 || status === 429 || AGAIN.has(failureOf(error))
  );
}

/**
 * Only a store that says that the object, or this part of it, is not there is believed that; every other failure, a
 * missing bucket and refused credentials among them, tells nothing about the object.
 */
export function asStoreProblem(error: unknown): Error {
  const known = asProblem(error);
  if (known instanceof Problem || known instanceof TypeError) return known;
  const [failure, status] = [failureOf(error), statusOf(error)];
  if (failure === 'NoSuchKey' || status === 416) return new Problem('vault.damaged', { cause: error });
  if (status === 507 || NO_ROOM.has(failure)) return new Problem('vault.disk-full', { cause: error });
  return new Problem('vault.unreachable', { cause: error, logContext: { failure, status } });
}

import { STATUS_CODES } from 'node:http';
import { newId, type Problem } from '@vitrine/kernel';

/** The body of an answer that tells of a failure (RFC 9457), like those of the API. */
export const problemBody = ({ code, message, row }: Problem) => ({
  type: `urn:vitrine:problem:${code}`,
  title: STATUS_CODES[row.http] ?? 'Error',
  status: row.http,
  code,
  detail: message,
  instance: `urn:vitrine:request:${newId()}`,
  retry: row.retry,
});

import { readFile } from 'node:fs/promises';
import { StoreRefused } from '../store-refused.js';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Reads a file of two lines: access key id, secret access key. Throws `StoreRefused`. */
export async function readCredentials(path: string): Promise<S3Credentials> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new StoreRefused(`The credentials of the object storage in ${path} cannot be read (${code}).`, {
      cause: error,
    });
  });
  const [accessKeyId = '', secretAccessKey = '', ...more] = text
    .trim()
    .split('\n')
    .map((line) => line.trim());
  if (accessKeyId === '' || secretAccessKey === '' || more.length > 0)
    throw new StoreRefused(
      `${path} must have two lines, the access key id and the secret access key of the object storage.`,
    );
  return { accessKeyId, secretAccessKey };
}

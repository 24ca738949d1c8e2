import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { isProblem, Problem, type ObjectStorageSettings } from '@vitrine/kernel';
import { StoreRefused } from '../store-refused.js';
import { failureOf, statusOf } from './s3-failures.js';
import type { S3Objects } from './s3-objects.js';
import type { S3Requests } from './s3-requests.js';

/** The object below the prefix that says whose it is. */
const MARK = 'installation';

/**
 * Makes sure that the prefix belongs to this installation, before anything there is taken for unneeded and removed: it
 * holds our mark, or nothing at all, and gets the mark then. Throws `StoreRefused` for the wrong place, credentials or
 * bucket, and `vault.unreachable` with a sentence for the operator.
 */
export async function claim(
  requests: S3Requests,
  objects: S3Objects,
  { bucket, prefix, endpoint, credentialsFile }: ObjectStorageSettings,
  installationId: string,
): Promise<void> {
  const place = `${bucket}/${prefix}`;
  try {
    const mark = await readMark(requests, `${prefix}/${MARK}`);
    if (mark === installationId) return;
    if (mark !== undefined)
      throw new StoreRefused(
        `${place} in the object storage belongs to another installation: set another VITRINE_S3_PREFIX.`,
      );
    if (await objects.hasOthersThan(MARK))
      throw new StoreRefused(
        `${place} in the object storage holds objects, and nothing that says that they are of this installation: set another VITRINE_S3_PREFIX, or see docs/operating/object-storage.md if they are.`,
      );
    const object = { Bucket: bucket, Key: `${prefix}/${MARK}`, Body: `${installationId}\n` };
    await requests.send((client, abortSignal) => client.send(new PutObjectCommand(object), { abortSignal }));
  } catch (error) {
    throw isProblem(error, 'vault.unreachable')
      ? refusalOf(error, { bucket, endpoint, credentialsFile })
      : error;
  }
}

async function readMark(requests: S3Requests, key: string): Promise<string | undefined> {
  try {
    return await requests.send(async (client, abortSignal) => {
      const command = new GetObjectCommand({ Bucket: requests.bucket, Key: key, Range: 'bytes=0-99' });
      const { Body } = await client.send(command, { abortSignal });
      return ((await Body?.transformToString()) ?? '').trim();
    });
  } catch (error) {
    if (!isProblem(error, 'vault.damaged')) throw error;
    return undefined;
  }
}

/** What the store refuses at start it will refuse again; a store that does not answer may come back. */
function refusalOf(
  problem: Problem,
  {
    bucket,
    endpoint,
    credentialsFile,
  }: Pick<ObjectStorageSettings, 'bucket' | 'endpoint' | 'credentialsFile'>,
): Error {
  const { cause } = problem;
  const status = cause === undefined ? undefined : statusOf(cause);
  const failure = cause === undefined ? 'no answer' : failureOf(cause);
  if (status === undefined || status >= 500 || status < 300)
    return new Problem('vault.unreachable', {
      message: `The object storage at ${endpoint} cannot be reached (${failure}).`,
      cause: problem,
    });
  const sentence =
    status === 401 || status === 403
      ? `The object storage at ${endpoint} does not accept the credentials in ${credentialsFile} for ${bucket} (${failure}).`
      : status === 404
        ? `There is no bucket ${bucket} in the object storage at ${endpoint}: make it first.`
        : `The object storage at ${endpoint} refuses requests for ${bucket} (${failure}).`;
  return new StoreRefused(sentence, { cause: problem });
}

import type { ObjectStorageSettings } from '@vitrine/kernel';
import type { SealedObjects } from '../sealed-objects.js';
import { claim } from './claim.js';
import { S3Objects } from './s3-objects.js';
import { S3Requests } from './s3-requests.js';

/** Opens object storage that is this installation's. Throws `StoreRefused`, and `vault.unreachable`. */
export async function openS3(
  settings: ObjectStorageSettings,
  staging: string,
  installationId: string,
): Promise<SealedObjects> {
  const requests = await S3Requests.open(settings);
  const objects = new S3Objects(requests, settings.prefix, staging);
  await claim(requests, objects, settings, installationId);
  return objects;
}

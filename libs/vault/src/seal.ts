import { contextOf } from '@vitrine/sealing';
import type { BlobName } from './blob-store.js';
import { PARTITIONS, type Partition } from './keys/partition.js';

/** What opens one version of a blob, as it is kept in the row of the blob. */
export interface Seal {
  readonly partition: Partition;
  /** Version of the key of the partition that wraps `wrappedKey`. */
  readonly keyVersion: number;
  /** Of the blob. What is sealed anew has a key of its own as well, so that the former bytes no longer open. */
  readonly version: number;
  /** Base64. */
  readonly wrappedKey: string;
  /** The sums of the plain bytes, base64; undefined for what an older version sealed. */
  readonly wrappedSums?: string;
}

/** The first form has no sums, the second has. */
const FORM = /^([12]):([a-z]+):([1-9]\d{0,8}):([1-9]\d{0,8}):([A-Za-z0-9+/]+=*)(?::([A-Za-z0-9+/]+=*))?$/;

export const sealText = ({ partition, keyVersion, version, wrappedKey, wrappedSums }: Seal): string => {
  const first = [partition, keyVersion, version, wrappedKey];
  return wrappedSums === undefined ? `1:${first.join(':')}` : `2:${first.join(':')}:${wrappedSums}`;
};

/** Undefined for a text that is no seal. */
export function parseSeal(text: string | null): Seal | undefined {
  const [, form, partition, keyVersion, version, wrappedKey, wrappedSums] = FORM.exec(text ?? '') ?? [];
  const known = PARTITIONS.find((one) => one === partition);
  if (known === undefined || wrappedKey === undefined) return undefined;
  if ((form === '2') !== (wrappedSums !== undefined)) return undefined;
  return {
    partition: known,
    keyVersion: Number(keyVersion),
    version: Number(version),
    wrappedKey,
    ...(wrappedSums === undefined ? {} : { wrappedSums }),
  };
}

type SealPlace = Pick<Seal, 'partition' | 'keyVersion' | 'version'>;

/** What the key of a blob is bound to. */
export const dataKeyContext = (
  { patientId, blobId }: BlobName,
  { partition, keyVersion, version }: SealPlace,
): Buffer => contextOf('data key', patientId, blobId, partition, keyVersion, version);

/** What the sums of a blob are bound to. */
export const sumsContext = (
  { patientId, blobId }: BlobName,
  { partition, keyVersion, version }: SealPlace,
): Buffer => contextOf('blob sums', patientId, blobId, partition, keyVersion, version);

import { contextOf } from '@vitrine/sealing';
import type { BlobName } from './blob-store.js';
import { PARTITIONS, type Partition } from './keys/partition.js';

/** What opens one version of a blob, as it is kept in the row of the blob. */
export interface Seal {
  readonly partition: Partition;
  /** Version of the key of the partition that wraps `wrappedKey`. */
  readonly keyVersion: number;
  /** Of the blob. Counts up if the same blob is ever sealed anew; the former bytes then no longer open. */
  readonly version: number;
  /** Base64. */
  readonly wrappedKey: string;
}

const FORM = /^1:([a-z]+):([1-9]\d{0,8}):([1-9]\d{0,8}):([A-Za-z0-9+/]+=*)$/;

export const sealText = ({ partition, keyVersion, version, wrappedKey }: Seal): string =>
  `1:${partition}:${keyVersion}:${version}:${wrappedKey}`;

/** Undefined for a text that is no seal. */
export function parseSeal(text: string | null): Seal | undefined {
  const [, partition, keyVersion, version, wrappedKey] = FORM.exec(text ?? '') ?? [];
  const known = PARTITIONS.find((one) => one === partition);
  return known === undefined || wrappedKey === undefined
    ? undefined
    : { partition: known, keyVersion: Number(keyVersion), version: Number(version), wrappedKey };
}

/** What the bytes of a blob are bound to. */
export const blobContext = ({ patientId, blobId }: BlobName, version: number): Buffer =>
  contextOf('blob', patientId, blobId, version);

/** What the key of a blob is bound to. */
export const dataKeyContext = (
  { patientId, blobId }: BlobName,
  { partition, keyVersion, version }: Omit<Seal, 'wrappedKey'>,
): Buffer => contextOf('data key', patientId, blobId, partition, keyVersion, version);

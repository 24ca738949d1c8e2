import { createHash } from 'node:crypto';
import { inLanes, isProblem } from '@vitrine/kernel';
import type { VaultService } from '@vitrine/vault';
import type { RecordFile } from './record-file.entity.js';
import { storedDataSet } from './stored-data-set.js';

const READ_AT_ONCE = 4;

/** What says of a stored image which one it is. */
export type StoredImage = Pick<RecordFile, 'blobId' | 'sopInstanceUid' | 'transferSyntaxUid'>;

/** True when two blobs hold the same image. */
export type IsSameImage = (blobId: string, other: string) => boolean;

/**
 * Finds images of a patient that differ only in what a program writes before the data set (PS3.10 §7.1): a PACS sends
 * the data set alone, and each receiver writes a header of its own. Reads those of which there are several, in full, so
 * it is no work for a transaction. What is damaged is the same as nothing else.
 */
export async function sameImages(
  vault: VaultService,
  patientId: string,
  images: readonly StoredImage[],
): Promise<IsSameImage> {
  const known = new Map<string, Map<string, StoredImage>>();
  for (const image of images) {
    const key = `${image.sopInstanceUid ?? ''} ${image.transferSyntaxUid ?? ''}`;
    known.set(key, (known.get(key) ?? new Map<string, StoredImage>()).set(image.blobId, image));
  }
  const several = [...known].flatMap(([key, blobs]) =>
    blobs.size < 2 ? [] : [...blobs.keys()].map((blobId) => ({ key, blobId })),
  );
  const contents = new Map<string, string>();
  await inLanes(several, READ_AT_ONCE, async ({ key, blobId }) => {
    const digest = await digestOf(vault, patientId, blobId);
    if (digest !== undefined) contents.set(blobId, `${key} ${digest}`);
  });
  return (blobId, other) => {
    const content = contents.get(blobId);
    return blobId === other || (content !== undefined && content === contents.get(other));
  };
}

async function digestOf(vault: VaultService, patientId: string, blobId: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of storedDataSet(vault, { patientId, blobId })) hash.update(chunk);
  } catch (error) {
    const isUnreadable =
      isProblem(error, 'vault.damaged') ||
      isProblem(error, 'exchange.damaged-dicom') ||
      // It was removed meanwhile.
      isProblem(error, 'delegation.not-visible');
    if (isUnreadable) return undefined;
    throw error;
  }
  return hash.digest('hex');
}

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SealBroken, unwrap, wrap, type SealingTerms } from '@vitrine/sealing';

/** What a client said of an upload: names of files tell a lot about a patient, so it is sealed too. */
export interface UploadDescription {
  readonly id: string;
  readonly size?: number | undefined;
  readonly offset: number;
  readonly metadata?: Record<string, string | null> | undefined;
  readonly creation_date?: string | undefined;
}

export const descriptionPath = (folder: string, uploadId: string): string => join(folder, `${uploadId}.json`);

export async function writeDescription(
  folder: string,
  { key, context }: SealingTerms,
  description: UploadDescription,
): Promise<void> {
  const text = wrap(key, Buffer.from(JSON.stringify(description)), context);
  await writeFile(descriptionPath(folder, description.id), text, { mode: 0o600 });
}

/** Undefined when there is none, or none that was written here. */
export async function readDescription(
  folder: string,
  { key, context }: SealingTerms,
  uploadId: string,
): Promise<UploadDescription | undefined> {
  try {
    const text = await readFile(descriptionPath(folder, uploadId), 'utf8');
    return JSON.parse(unwrap(key, text, context).toString()) as UploadDescription;
  } catch (error) {
    // A crash may leave half a description; its upload is then not finished.
    if (error instanceof SealBroken || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export const removeDescription = (folder: string, uploadId: string): Promise<void> =>
  rm(descriptionPath(folder, uploadId), { force: true });

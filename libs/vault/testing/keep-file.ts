import type { PutOptions, SourceFile, StoredFile, VaultService } from '../src/index.js';

/** Stores one file by the way that an import takes with many. */
export async function keepFile(
  vault: VaultService,
  patientId: string,
  file: SourceFile,
  options: PutOptions = {},
): Promise<StoredFile> {
  const [stored] = await vault.keepAll([await vault.prepareFile(patientId, file, options)]);
  if (stored === undefined) throw new Error('one for each');
  return stored;
}

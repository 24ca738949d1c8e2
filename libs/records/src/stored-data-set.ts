import { dataSetStart } from '@vitrine/dicom';
import { Problem } from '@vitrine/kernel';
import type { VaultService } from '@vitrine/vault';
import type { RecordFile } from './record-file.entity.js';

/** File meta information has some hundred bytes. */
const LONGEST_META = 1024 * 1024;

/** What follows the file meta information of a kept file, as it lies there (PS3.10 §7.1). Throws `exchange.damaged-dicom`. */
export async function* storedDataSet(
  vault: VaultService,
  { patientId, blobId }: Pick<RecordFile, 'patientId' | 'blobId'>,
): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of (await vault.open(patientId, blobId)) as AsyncIterable<Uint8Array>) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const start = dataSetStart(head);
    if (start === undefined && head.length < LONGEST_META) continue;
    if (start === undefined) break;
    yield head.subarray(start);
    head = undefined;
  }
  if (head !== undefined) throw new Problem('exchange.damaged-dicom');
}

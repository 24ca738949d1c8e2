/**
 * Stores file after file until it is killed, and says on its standard output which ones were acknowledged. Every file
 * begins with the words of `CANARY`. The data root is `<folder>/data`, the key lies beside it.
 *
 *   node --import '#typescript' put-until-killed.ts FOLDER [SETTINGS_OF_OBJECT_STORAGE]
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { delay, newId, type ObjectStorageSettings } from '@vitrine/kernel';
import { contextOf, newKey, sealed } from '@vitrine/sealing';
import { openVaultIn } from './vault-folder.js';
import { CANARY } from './canary.js';
import { keepFile } from './keep-file.js';

const PAUSE_MS = 20;

const folder = process.argv[2] ?? '';
const storage = process.argv[3];
const { vault } = await openVaultIn(
  folder,
  storage === undefined ? undefined : (JSON.parse(storage) as ObjectStorageSettings),
);
const patientId = newId();
const uploads = join(folder, 'data', 'uploads');
await mkdir(uploads, { recursive: true });

// eslint-disable-next-line @typescript-eslint/require-await
async function* inPieces(content: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 50_000) yield content.subarray(at, at + 50_000);
}

/** As an upload comes in: sealed on the disk before it is stored. */
async function putUpload(content: Buffer) {
  const terms = { key: newKey(), context: contextOf('test upload') };
  const path = join(uploads, newId());
  await writeFile(path, sealed(inPieces(content), terms));
  try {
    return await keepFile(vault, patientId, { path, terms }, { partition: 'imaging' });
  } finally {
    await rm(path);
  }
}

async function putOneAfterTheOther(put: (content: Buffer) => ReturnType<typeof putUpload>): Promise<never> {
  for (;;) {
    const content = Buffer.concat([Buffer.from(CANARY.repeat(10_000)), randomBytes(100)]);
    const { blobId } = await put(content);
    const digest = createHash('sha256').update(content).digest('hex');
    process.stdout.write(`${patientId} ${blobId} ${digest}\n`);
    // A quick machine would fill the disk before the last look.
    await delay(PAUSE_MS);
  }
}

await Promise.all([
  putOneAfterTheOther(putUpload),
  putOneAfterTheOther((content) => vault.put(patientId, inPieces(content))),
]);

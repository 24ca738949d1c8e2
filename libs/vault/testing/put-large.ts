/**
 * Stores a large file, reads it and lays it out, and says on its standard output by how many MiB its memory grew.
 *
 *   node --expose-gc --import '#typescript' put-large.ts FOLDER MIB [SETTINGS_OF_OBJECT_STORAGE]
 */
import { createHash, randomBytes, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newId, type ObjectStorageSettings } from '@vitrine/kernel';
import { openVaultIn } from './vault-folder.js';

const MIB = 1024 ** 2;
const [, , folder = '', size = '', storage] = process.argv;
const { vault, layOut, close } = await openVaultIn(
  folder,
  storage === undefined ? undefined : (JSON.parse(storage) as ObjectStorageSettings),
);
const patientId = newId();

// eslint-disable-next-line @typescript-eslint/require-await
async function* content(mebibytes: number, hash?: Hash): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < mebibytes * 16; at++) {
    const bytes = randomBytes(MIB / 16);
    hash?.update(bytes);
    yield bytes;
  }
}
async function digestOf(bytes: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
async function storeAndRead(mebibytes: number, path: string): Promise<boolean> {
  const hash = createHash('sha256');
  const { blobId } = await vault.put(patientId, content(mebibytes, hash));
  const digest = hash.digest('hex');
  const read = await digestOf(await vault.open(patientId, blobId));
  await layOut(patientId, [{ blobId, path }], join(folder, 'session'), AbortSignal.timeout(300_000));
  const laidOut = await digestOf(createReadStream(join(folder, 'session', path)));
  return read === digest && laidOut === digest;
}

await mkdir(join(folder, 'session'));
// What every process takes that works at all.
await storeAndRead(40, 'first');
globalThis.gc?.();
const before = process.memoryUsage().rss;
let most = before;
const looking = setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss);
}, 50);
const same = await storeAndRead(Number(size), 'large');
clearInterval(looking);
process.stdout.write(`${JSON.stringify({ same, grownMiB: Math.round((most - before) / MIB) })}\n`);
await close();
process.exit(0);

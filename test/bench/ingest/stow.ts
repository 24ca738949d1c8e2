import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../support/run-program.js';
import type { StudyFolder } from './cstore.js';

const BOUNDARY = 'a-boundary-of-the-bench';

/** Writes all instances of a study as the body of one store request (PS3.18 §10.5). */
export function writeStoreRequest({ folder }: StudyFolder, path: string): void {
  const file = openSync(path, 'w');
  for (const name of readdirSync(folder).sort()) {
    writeSync(file, `--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`);
    writeSync(file, readFileSync(join(folder, name)));
    writeSync(file, '\r\n');
  }
  writeSync(file, `--${BOUNDARY}--\r\n`);
  closeSync(file);
}

/** Instances a second that curl brings in by one STOW-RS request, until its answer, which has to name all of them. */
export async function storeByWeb(
  instances: number,
  body: string,
  url: string,
  token?: string,
): Promise<number> {
  const type = `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`;
  const headers = [`Content-Type: ${type}`, 'Accept: application/dicom+json', 'Expect:'];
  if (token !== undefined) headers.push(`Authorization: Bearer ${token}`);
  const begun = performance.now();
  const { code, output } = await runProgram('/usr/bin/curl', [
    '-sS',
    '--fail',
    '-XPOST',
    ...headers.flatMap((header) => ['-H', header]),
    '-T',
    body,
    url,
  ]);
  const seconds = (performance.now() - begun) / 1000;
  // Referenced SOP Instance UID, once for each instance that is stored.
  const stored = output.split('"00081155"').length - 1;
  if (code !== 0 || stored !== instances)
    throw new Error(`curl: ${code}, ${stored} stored\n${output.slice(-500)}`);
  return Math.round(instances / seconds);
}

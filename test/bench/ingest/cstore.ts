import type { ApiClient } from '../../support/api-client.js';
import { runProgram } from '../../support/run-program.js';

/** A folder of DICOM files. */
export interface StudyFolder {
  readonly folder: string;
  readonly instances: number;
}

/**
 * Instances a second that storescu brings in over one association. It is told not to wait for Nagle's algorithm, as the
 * server is: otherwise that would be measured.
 */
export async function storeByDimse(
  { folder, instances }: StudyFolder,
  called: string,
  port: number,
): Promise<number> {
  const begun = performance.now();
  const { code, output } = await runProgram(
    '/usr/bin/storescu',
    ['+sd', '+r', '-R', '-aet', 'PACS', '-aec', called, '127.0.0.1', String(port), folder],
    { TCP_NODELAY: '1' },
  );
  if (code !== 0) throw new Error(`storescu ended with ${code}\n${output.slice(-2000)}`);
  return Math.round(instances / ((performance.now() - begun) / 1000));
}

/** Waits until what was sent has been examined, so that it does not run beside the next round. */
export async function examined(provider: ApiClient, imports: number, instances: number): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const list = await provider.call<{ state: string; filesStored: number }[]>('GET', '/api/imports');
    const done = list.filter(({ state }) => state === 'done');
    if (done.length === imports) {
      if (done.some(({ filesStored }) => filesStored !== instances)) throw new Error('something is missing');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('what was sent was not examined in time');
}

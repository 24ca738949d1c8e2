import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import { digestOfBlobs, PermitSigner, readControlKey, type RemoteSessionHost } from '@vitrine/session-host';
import type { VaultService } from '@vitrine/vault';

const WARM_UPS = 1;
const WITHIN_MS = 300_000;

/** One stored file, and where below the record it appears. */
export interface PlacedBlob {
  readonly blobId: string;
  readonly path: string;
}

/** What a patient's session shows. */
export interface ShownFiles {
  readonly patientId: string;
  readonly files: readonly PlacedBlob[];
  /** Of all of them. */
  readonly bytes: number;
}

/**
 * Seconds of each run in which the session host lays files out in the memory of a session, asked as the control plane
 * asks it: from the question for their keys to the answer that all of them lie there.
 */
export async function timedLayOuts(
  { host, vault, runDir }: { host: RemoteSessionHost; vault: VaultService; runDir: string },
  { patientId, files, bytes }: ShownFiles,
  runs: number,
): Promise<number[]> {
  const sessionId = newId();
  const signal = AbortSignal.timeout(WITHIN_MS);
  const blobIds = files.map(({ blobId }) => blobId);
  const permit = new PermitSigner(readControlKey(runDir)).sign({
    sessionId,
    by: { kind: 'account', id: patientId },
    patientId,
    imageDigest: `sha256:${'0'.repeat(64)}`,
    isolation: 'standard',
    blobs: digestOfBlobs(blobIds),
    egress: [],
    until: new Date(Date.now() + WITHIN_MS).toISOString(),
  });
  const claim = { patientId, blobIds, bytes, files: files.length, scratch: false };
  await host.prepare(sessionId, { signal });
  await host.attach(sessionId, permit, claim, { signal });
  const pathOf = new Map(files.map(({ blobId, path }) => [blobId, path]));
  const seconds: number[] = [];
  for (let run = 0; run < WARM_UPS + runs; run++) {
    const begun = performance.now();
    await vault.lend(patientId, blobIds, signal, (objects) =>
      host.copy(
        sessionId,
        objects.map((object) => ({ ...object, path: pathOf.get(object.blobId) ?? '' })),
        { signal },
      ),
    );
    if (run >= WARM_UPS) seconds.push((performance.now() - begun) / 1000);
    rmSync(join(runDir, 'sessions', sessionId, 'files', 'item-1'), { recursive: true });
  }
  return seconds;
}

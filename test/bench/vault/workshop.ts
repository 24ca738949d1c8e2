import { randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemMounts } from '@vitrine/hypervisor';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase } from '@vitrine/persistence/testing';
import { RemoteSessionHost } from '@vitrine/session-host';
import { keepFile, VAULT_ENTITIES, testVault, type TestVault } from '@vitrine/vault/testing';
import { Stack } from '../../support/stack.js';
import { timedLayOuts, type PlacedBlob, type ShownFiles } from './lay-out.js';

export const MIB = 1024 * 1024;
export const LARGE_BYTES = 1024 * MIB;
const STUDY = { files: 500, bytes: MIB / 2 };

/** A vault on the disk and a session host that reads it: of the product, without the rest of it. */
export interface Workshop {
  readonly disk: string;
  readonly opened: TestVault;
  readonly host: RemoteSessionHost;
  readonly runDir: string;
}

/** The disk is that of the system's folder for temporary files; files are in the page cache when they are read. */
export async function inWorkshop<T>(work: (workshop: Workshop) => Promise<T>): Promise<T> {
  const disk = mkdtempSync(join(tmpdir(), 'vitrine-vault-bench-'));
  const database = await testDatabase(VAULT_ENTITIES);
  const stack = await Stack.startHost({
    VITRINE_DATA_DIR: disk,
    // Without guests: none is needed to lay out what they would show.
    VITRINE_ENGINE_SOCKET: join(disk, 'no-engine.sock'),
  });
  const { runDir } = stack;
  const host = new RemoteSessionHost(runDir);
  try {
    const opened = testVault(database, disk, new FakeClock(), { bytesPerPatient: 100 * LARGE_BYTES });
    return await work({ disk, opened, host, runDir });
  } finally {
    host.close();
    await stack.end();
    await new SystemMounts().release(runDir);
    await stack.close();
    await database.close();
    rmSync(disk, { recursive: true, force: true });
  }
}

/** MiB/s of each run. */
export async function readStudy(workshop: Workshop, runs: number): Promise<number[]> {
  const { disk, opened } = workshop;
  const patient = newId();
  const source = join(disk, 'slice');
  const files: PlacedBlob[] = [];
  for (let index = 0; index < STUDY.files; index++) {
    fill(source, STUDY.bytes);
    const { blobId } = await keepFile(opened.vault, patient, { path: source }, { partition: 'imaging' });
    files.push({ blobId, path: `item-1/${String(index + 1).padStart(6, '0')}.dcm` });
  }
  return rates(workshop, { patientId: patient, files, bytes: STUDY.files * STUDY.bytes }, runs);
}

export async function readLarge(workshop: Workshop, runs: number): Promise<number[]> {
  const { disk, opened } = workshop;
  const patient = newId();
  const source = join(disk, 'large');
  fill(source, LARGE_BYTES);
  const { blobId } = await keepFile(opened.vault, patient, { path: source }, { partition: 'genome' });
  rmSync(source);
  const files = [{ blobId, path: 'item-1/000001.bam' }];
  const read = await rates(workshop, { patientId: patient, files, bytes: LARGE_BYTES }, runs);
  await opened.vault.shred(patient);
  return read;
}

async function rates(
  { host, opened: { vault }, runDir }: Workshop,
  shown: ShownFiles,
  runs: number,
): Promise<number[]> {
  const seconds = await timedLayOuts({ host, vault, runDir }, shown, runs);
  return seconds.map((taken) => shown.bytes / MIB / taken);
}

/** Writes a file of random bytes. */
export function fill(path: string, bytes: number): void {
  const block = Buffer.alloc(Math.min(bytes, MIB));
  const file = openSync(path, 'w');
  for (let at = 0; at < bytes; at += block.length) writeSync(file, randomFillSync(block));
  closeSync(file);
}

export const rate = (bytes: number, begun: number): number =>
  bytes / MIB / ((performance.now() - begun) / 1000);

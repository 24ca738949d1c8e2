import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase } from '@vitrine/persistence/testing';
import { keepFile, VAULT_ENTITIES, testVault, type TestVault } from '@vitrine/vault/testing';

export const MIB = 1024 * 1024;
export const LARGE_BYTES = 1024 * MIB;
const WARM_UPS = 1;
const STUDY = { files: 500, bytes: MIB / 2 };

/** A vault on the disk and a session's memory, without the rest of the product. */
export interface Workshop {
  readonly disk: string;
  readonly memory: string;
  readonly opened: TestVault;
}

/** The disk is that of the system's folder for temporary files; files are in the page cache when they are read. */
export async function inWorkshop<T>(work: (workshop: Workshop) => Promise<T>): Promise<T> {
  const disk = mkdtempSync(join(tmpdir(), 'vitrine-vault-bench-'));
  const memory = join(disk, 'session');
  const database = await testDatabase(VAULT_ENTITIES);
  mkdirSync(memory);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2g,noswap,mode=0700', 'tmpfs', memory]);
  try {
    const opened = testVault(database, disk, new FakeClock(), { bytesPerPatient: 100 * LARGE_BYTES });
    return await work({ disk, memory, opened });
  } finally {
    execFileSync('umount', ['-l', memory]);
    await database.close();
    rmSync(disk, { recursive: true, force: true });
  }
}

/** MiB/s of each run. */
export async function readStudy({ disk, memory, opened }: Workshop, runs: number): Promise<number[]> {
  const patient = newId();
  const source = join(disk, 'slice');
  const files: { blobId: string; path: string }[] = [];
  for (let index = 0; index < STUDY.files; index++) {
    fill(source, STUDY.bytes);
    const { blobId } = await keepFile(opened.vault, patient, { path: source }, { partition: 'imaging' });
    files.push({ blobId, path: `item-1/${String(index + 1).padStart(6, '0')}.dcm` });
  }
  return layOuts(opened, memory, patient, files, STUDY.files * STUDY.bytes, runs);
}

export async function readLarge({ disk, memory, opened }: Workshop, runs: number): Promise<number[]> {
  const patient = newId();
  const source = join(disk, 'large');
  fill(source, LARGE_BYTES);
  const { blobId } = await keepFile(opened.vault, patient, { path: source }, { partition: 'genome' });
  rmSync(source);
  const rates = await layOuts(
    opened,
    memory,
    patient,
    [{ blobId, path: 'item-1/000001.bam' }],
    LARGE_BYTES,
    runs,
  );
  await opened.vault.shred(patient);
  return rates;
}

async function layOuts(
  { vault }: TestVault,
  memory: string,
  patient: string,
  files: readonly { blobId: string; path: string }[],
  bytes: number,
  runs: number,
): Promise<number[]> {
  const rates: number[] = [];
  for (let run = 0; run < WARM_UPS + runs; run++) {
    const begun = performance.now();
    await vault.layOut(patient, files, memory, AbortSignal.timeout(300_000));
    if (run >= WARM_UPS) rates.push(rate(bytes, begun));
    rmSync(join(memory, 'item-1'), { recursive: true });
  }
  return rates;
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

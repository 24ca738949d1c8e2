import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase } from '@vitrine/persistence/testing';
import { VAULT_ENTITIES, testVault, type TestVault } from '@vitrine/vault/testing';
import { median, quantile } from './statistics.js';

const RUNS = 10;
const WARM_UPS = 1;
const MIB = 1024 * 1024;
const STUDY = { files: 500, bytes: MIB / 2 };
const LARGE_BYTES = 1024 * MIB;
const AIMS = { session_read_mib_s: 600, write_vs_disk: 0.7 };

interface Workshop {
  readonly disk: string;
  readonly memory: string;
  readonly opened: TestVault;
}

/**
 * What sealing costs: from the vault into a session's memory, for a study and for one large file, and from a finished
 * upload into the vault against the disk's own sequential write with a flush, turn by turn in the same run. The files
 * are in the page cache when they are read; the disk is that of the system's folder for temporary files.
 */
export async function bench(): Promise<object> {
  const disk = mkdtempSync(join(tmpdir(), 'vitrine-vault-bench-'));
  const memory = join(disk, 'session');
  const database = await testDatabase(VAULT_ENTITIES);
  mkdirSync(memory);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2g,noswap,mode=0700', 'tmpfs', memory]);
  try {
    const opened = testVault(database, disk, new FakeClock(), { bytesPerPatient: 100 * LARGE_BYTES });
    const workshop = { disk, memory, opened };
    const large = await readLarge(workshop);
    const study = await readStudy(workshop);
    const { sealed, plain } = await write(workshop);
    const figures = {
      session_read_mib_s: Math.round(Math.min(median(study), median(large))),
      write_vs_disk: Number((median(sealed) / median(plain)).toFixed(2)),
      study_read_mib_s: spread(study),
      large_read_mib_s: spread(large),
      write_mib_s: spread(sealed),
      disk_mib_s: spread(plain),
      runs: RUNS,
    };
    const ok =
      figures.session_read_mib_s >= AIMS.session_read_mib_s && figures.write_vs_disk >= AIMS.write_vs_disk;
    return { figures, aims: AIMS, ok };
  } finally {
    execFileSync('umount', ['-l', memory]);
    await database.close();
    rmSync(disk, { recursive: true, force: true });
  }
}

/** MiB/s of each run. */
async function readStudy({ disk, memory, opened }: Workshop): Promise<number[]> {
  const patient = newId();
  const source = join(disk, 'slice');
  const files: { blobId: string; path: string }[] = [];
  for (let index = 0; index < STUDY.files; index++) {
    fill(source, STUDY.bytes);
    const { blobId } = await opened.vault.putFile(patient, { path: source }, { partition: 'imaging' });
    files.push({ blobId, path: `item-1/${String(index + 1).padStart(6, '0')}.dcm` });
  }
  return layOuts(opened, memory, patient, files, STUDY.files * STUDY.bytes);
}

async function readLarge({ disk, memory, opened }: Workshop): Promise<number[]> {
  const patient = newId();
  const source = join(disk, 'large');
  fill(source, LARGE_BYTES);
  const { blobId } = await opened.vault.putFile(patient, { path: source }, { partition: 'genome' });
  rmSync(source);
  const rates = await layOuts(opened, memory, patient, [{ blobId, path: 'item-1/000001.bam' }], LARGE_BYTES);
  await opened.vault.shred(patient);
  return rates;
}

async function layOuts(
  { vault }: TestVault,
  memory: string,
  patient: string,
  files: readonly { blobId: string; path: string }[],
  bytes: number,
): Promise<number[]> {
  const rates: number[] = [];
  for (let run = 0; run < WARM_UPS + RUNS; run++) {
    const begun = performance.now();
    await vault.layOut(patient, files, memory, AbortSignal.timeout(300_000));
    if (run >= WARM_UPS) rates.push(rate(bytes, begun));
    rmSync(join(memory, 'item-1'), { recursive: true });
  }
  return rates;
}

async function write({ disk, opened }: Workshop): Promise<{ sealed: number[]; plain: number[] }> {
  const bytes = LARGE_BYTES / 4;
  const patient = newId();
  const source = join(disk, 'upload');
  const [sealed, plain]: [number[], number[]] = [[], []];
  for (let run = 0; run < WARM_UPS + RUNS; run++) {
    fill(source, bytes);
    // What the disk still has to write of it is not what is measured.
    flush(source);
    const ownBegun = performance.now();
    writePlain(source, join(disk, 'plain'));
    const own = rate(bytes, ownBegun);
    rmSync(join(disk, 'plain'));
    const begun = performance.now();
    const { blobId } = await opened.vault.putFile(patient, { path: source }, { partition: 'genome' });
    const ours = rate(bytes, begun);
    await opened.store.remove({ patientId: patient, blobId });
    if (run < WARM_UPS) continue;
    sealed.push(ours);
    plain.push(own);
  }
  return { sealed, plain };
}

/** As fast as this process can copy a file and have it on the disk. */
function writePlain(from: string, to: string): void {
  const [source, target] = [openSync(from, 'r'), openSync(to, 'w')];
  const block = Buffer.alloc(MIB);
  for (let read = readSync(source, block); read > 0; read = readSync(source, block))
    writeSync(target, block, 0, read);
  fsyncSync(target);
  closeSync(source);
  closeSync(target);
}

function fill(path: string, bytes: number): void {
  const block = Buffer.alloc(Math.min(bytes, MIB));
  const file = openSync(path, 'w');
  for (let at = 0; at < bytes; at += block.length) writeSync(file, randomFillSync(block));
  closeSync(file);
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}

const rate = (bytes: number, begun: number): number => bytes / MIB / ((performance.now() - begun) / 1000);

const spread = (rates: readonly number[]): string =>
  `${Math.round(median(rates))} (${Math.round(quantile(rates, 0))}-${Math.round(quantile(rates, 1))})`;

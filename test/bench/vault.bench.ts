import { closeSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import { keepFile } from '@vitrine/vault/testing';
import { median, quantile } from './statistics.js';
import {
  fill,
  inWorkshop,
  LARGE_BYTES,
  MIB,
  rate,
  readLarge,
  readStudy,
  type Workshop,
} from './vault/workshop.js';

const RUNS = 10;
const WARM_UPS = 1;
const AIMS = { session_read_mib_s: 600, write_vs_disk: 0.7 };

/**
 * What sealing costs: from the vault into a session's memory, for a study and for one large file, and from a finished
 * upload into the vault against the disk's own sequential write with a flush, turn by turn in the same run.
 */
export async function bench(): Promise<object> {
  return inWorkshop(async (workshop) => {
    const large = await readLarge(workshop, RUNS);
    const study = await readStudy(workshop, RUNS);
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
  });
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
    const { blobId } = await keepFile(opened.vault, patient, { path: source }, { partition: 'genome' });
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

function flush(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}

const spread = (rates: readonly number[]): string =>
  `${Math.round(median(rates))} (${Math.round(quantile(rates, 0))}-${Math.round(quantile(rates, 1))})`;

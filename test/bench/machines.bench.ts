import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { registerTestDisk } from '@vitrine/hypervisor/testing';
import { delay } from '@vitrine/kernel';
import { PNG } from 'pngjs';
import { BareMachine, type MachinePlaces } from './machines/bare-machine.js';
import { median, quantile } from './statistics.js';

const RUNS = 10;
const COLOUR = [200, 40, 30] as const;
/** What the test's disk paints while it waits for a CD. */
const READY = [32, 64, 96] as const;
const SETTLE_MS = 2_000;

/**
 * From the start of QEMU to the picture of the record, translated: when the system starts from its disk, and when it goes on from
 * a picture of its memory that was taken when it waited for the CD. By turns. The system is GRUB on the test's disk, which
 * starts fast; what is compared is the way.
 */
export async function bench(): Promise<object> {
  const folder = mkdtempSync('/var/tmp/vitrine-bench-machines-');
  try {
    const places = await prepare(folder);
    const memoryMiB = await photograph(places);
    const ms = { boot: [] as number[], restore: [] as number[] };
    for (let run = 0; run < RUNS; run++)
      for (const way of ['boot', 'restore'] as const)
        ms[way].push(await untilPicture(places, way === 'restore'));
    const [boot, restore] = [median(ms.boot), median(ms.restore)];
    const range = (all: readonly number[]) => [quantile(all, 0), quantile(all, 1)];
    const figures = {
      boot_to_picture_ms: boot,
      restore_to_picture_ms: restore,
      boot_range_ms: range(ms.boot),
      restore_range_ms: range(ms.restore),
      memory_file_mib: memoryMiB,
      runs: RUNS,
    };
    return { figures, ok: true };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The registered disk, and a record with one picture of one colour. */
async function prepare(folder: string): Promise<MachinePlaces> {
  const digest = await registerTestDisk(folder);
  const places = {
    machine: join(folder, digest.slice('sha256:'.length)),
    record: join(folder, 'record'),
    out: join(folder, 'out'),
  };
  await mkdir(join(places.record, 'item-1'), { recursive: true });
  await mkdir(places.out);
  // The guest is nobody here.
  await Promise.all([chmod(folder, 0o711), chmod(places.out, 0o777)]);
  const png = new PNG({ width: 64, height: 64 });
  for (let at = 0; at < png.data.length; at += 4) png.data.set([...COLOUR, 255], at);
  await writeFile(join(places.record, 'item-1', '000001.png'), PNG.sync.write(png));
  await writeFile(join(places.record, 'open.json'), '{}');
  return places;
}

/** Keeps the memory of a machine that waits for the CD; its size in MiB. */
async function photograph(places: MachinePlaces): Promise<number> {
  const machine = await BareMachine.start(places, { restored: false });
  try {
    await machine.untilColour(READY);
    await delay(SETTLE_MS);
    return await machine.keepMemory();
  } finally {
    await machine.end();
  }
}

async function untilPicture(places: MachinePlaces, restored: boolean): Promise<number> {
  const began = performance.now();
  const machine = await BareMachine.start(places, { restored });
  try {
    await machine.insertCd();
    await machine.untilColour(COLOUR);
    return Math.round(performance.now() - began);
  } finally {
    await machine.end();
  }
}

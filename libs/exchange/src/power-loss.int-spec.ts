import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RecordFile } from '@vitrine/records';
import { bytesOf, LoopDisk, StoringChild } from '@vitrine/vault/testing';
import { dataSetOf, hasDcmtk } from '../testing/dcmtk.js';
import { hasFtpPrograms } from '../testing/drop-bench.js';
import { ExchangeBench, sharedExaminer } from '../testing/exchange-bench.js';

jest.setTimeout(300_000);

const CHILD = resolve(import.meta.dirname, '../testing/receive-until-killed.ts');
const DOORS = ['web', 'dimse', 'ftps'];
const SNAPSHOTS = 4;
const EACH = 8;

const disk = hasDcmtk() && hasFtpPrograms() ? LoopDisk.open() : undefined;

(disk === undefined ? describe.skip : describe)('The doors while the power fails', () => {
  let child: StoringChild;

  beforeAll(() => {
    const temporary = join(disk?.folder ?? '', 'tmp');
    mkdirSync(temporary);
    // What it leaves goes with the disk.
    child = StoringChild.start(CHILD, disk?.folder ?? '', { TMPDIR: temporary });
  });
  afterAll(async () => {
    await child.kill();
    sharedExaminer.end();
    disk?.close();
  });

  it('lose nothing that a sender was told is stored, and show nothing by half', async () => {
    for (let turn = 1; turn <= SNAPSHOTS; turn++) {
      await child.until(() => DOORS.every((door) => child.count(door) >= turn * EACH));
      await disk?.afterPowerCut(child.process, child.lines, ({ folder }, promised) =>
        check(folder, promised),
      );
    }
  });

  it('lose nothing when the process is killed', async () => {
    await child.kill();
    await check(disk?.folder ?? '', child.lines());
  });

  const check = async (folder: string, promised: readonly string[]) => {
    const bench = await ExchangeBench.openIn(folder);
    try {
      // What came by DIMSE or FTPS and was not examined yet is taken up by the start.
      await bench.runner.idle();
      const there = new Set<string>();
      const files = await bench.database.dataSource.getRepository(RecordFile).find();
      for (const { patientId, blobId } of files) {
        // No row without its bytes, and no half file.
        const content = dataSetOf(await bytesOf(await bench.vault.open(patientId, blobId)));
        there.add(createHash('sha256').update(content).digest('hex'));
      }
      expect(promised.filter((line) => !there.has(line.split(' ')[1] ?? ''))).toEqual([]);
      expect(bench.leftovers()).toEqual([]);
    } finally {
      await bench.end();
    }
  };
});

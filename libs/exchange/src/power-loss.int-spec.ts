import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { LoopDisk, StoringChild } from '@vitrine/vault/testing';
import { checkAfterKill } from '../testing/check-after-kill.js';
import { hasDcmtk } from '../testing/dcmtk.js';
import { hasFtpPrograms } from '../testing/drop-bench.js';
import { sharedExaminer } from '../testing/exchange-bench.js';

jest.setTimeout(300_000);

const CHILD = resolve(import.meta.dirname, '../testing/receive-until-killed.ts');
const DOORS = ['web', 'deposit', 'dimse', 'ftps', 'drive'];
const SNAPSHOTS = 4;
const EACH = 8;
/** A study that came to the inbox has got a code and then its yes or no; one of them each time. */
const ANSWERED = ['accepted', 'rejected'];

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
      await child.until(
        () =>
          DOORS.every((door) => child.count(door) >= turn * EACH) &&
          child.count('drop') >= turn &&
          child.count('handed') >= turn / 2 &&
          ANSWERED.reduce((sum, answer) => sum + child.count(answer), 0) >= turn,
      );
      await disk?.afterPowerCut(child.process, child.lines, async ({ folder }, promised) => {
        await checkAfterKill(folder, promised);
      });
    }
  });

  it('lose nothing when the process is killed', async () => {
    await child.kill();
    await checkAfterKill(disk?.folder ?? '', child.lines());
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RecordFile } from '@vitrine/records';
import { bytesOf, LoopDisk } from '@vitrine/vault/testing';
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
  let child: ChildProcess;
  let said = '';
  const acknowledged = () => said.split('\n').slice(0, -1);
  const by = (door: string) => acknowledged().filter((line) => line.startsWith(door)).length;
  const until = async (objects: number) => {
    const deadline = Date.now() + 240_000;
    while (DOORS.some((door) => by(door) < objects)) {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error('nothing comes in any more');
      await new Promise((done) => setTimeout(done, 5));
    }
  };
  const killed = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  };

  beforeAll(() => {
    const temporary = join(disk?.folder ?? '', 'tmp');
    mkdirSync(temporary);
    const args = ['--import', '@swc-node/register/esm-register', CHILD, disk?.folder ?? ''];
    child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      // What it leaves goes with the disk.
      env: { ...process.env, TMPDIR: temporary },
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  });
  afterAll(async () => {
    await killed();
    sharedExaminer.end();
    disk?.close();
  });

  it('lose nothing that a sender was told is stored, and show nothing by half', async () => {
    for (let turn = 1; turn <= SNAPSHOTS; turn++) {
      await until(turn * EACH);
      await disk?.afterPowerCut(child, acknowledged, ({ folder }, promised) => check(folder, promised));
    }
  });

  it('lose nothing when the process is killed', async () => {
    await killed();
    await check(disk?.folder ?? '', acknowledged());
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

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { PNG } from 'pngjs';
import { DockerDriver, SystemMounts } from '@vitrine/hypervisor';
import { newId, type Settings } from '@vitrine/kernel';
import { testSessionHost } from '@vitrine/session-host/testing';
import { syntheticCtStudy, syntheticGenome, syntheticReportPdf } from '@vitrine/samples';
import { ExchangeBench, sharedExaminer } from '../../testing/exchange-bench.js';
import { PictureGuest } from './picture-guest.js';
import { ThumbnailService } from './thumbnail.service.js';

describe('ThumbnailService over the engine', () => {
  const runDir = mkdtempSync(join(tmpdir(), 'vitrine-thumbnails-'));
  const logger = pino({ level: 'silent' });
  let bench: ExchangeBench;
  let driver: DockerDriver;
  let thumbnails: ThumbnailService;

  beforeAll(async () => {
    bench = await ExchangeBench.open();
    const mounts = new SystemMounts();
    const settings = { ...bench.settings, runDir, installationId: newId() } as Settings;
    driver = new DockerDriver({
      installationId: settings.installationId,
      runDir,
      engineSocket: settings.engineSocket,
      mounts,
    });
    const { host } = testSessionHost({ driver, mounts, settings });
    const guest = new PictureGuest(bench.vault, host);
    thumbnails = new ThumbnailService(bench.records, guest, logger);
  });
  afterAll(async () => {
    await thumbnails.onModuleDestroy();
    driver.close();
    sharedExaminer.end();
    await bench.close();
    rmSync(runDir, { recursive: true, force: true });
  });

  it('makes pictures of studies and documents, of genomes none, and leaves nothing on the host', async () => {
    const jane = await bench.patient();
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    const files = [...syntheticCtStudy({ slices: 3, size: 64 }), syntheticGenome(), syntheticReportPdf()];
    const { items } = await bench.send(jane.account, begun, files);
    thumbnails.enqueue(items.map(({ id }) => id));
    await thumbnails.idle();
    const list = await bench.records.list(jane.patient.id);
    expect(list.map(({ kind, hasThumbnail }) => [kind, hasThumbnail]).sort()).toEqual([
      ['document', true],
      ['genome', false],
      ['imaging', true],
    ]);
    for (const { id, kind } of list) {
      const png = await bench.records.thumbnail(jane.patient.id, id);
      if (png === undefined) continue;
      const parts: Uint8Array[] = [];
      for await (const part of png) parts.push(part);
      const { width, height, data } = PNG.sync.read(Buffer.concat(parts));
      expect(Math.max(width, height)).toBeLessThanOrEqual(256);
      expect([kind, new Set(data).size > 2]).toEqual([kind, true]);
    }
    expect(await driver.list({ signal: AbortSignal.timeout(5_000) })).toEqual([]);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, Problem } from '@vitrine/kernel';
import { RecordFile } from '@vitrine/records';
import { syntheticCtStudy } from '@vitrine/samples';
import { RecordCopier, SessionHost } from '@vitrine/session-host';
import {
  addImaging,
  openOnEngine,
  testInstallation,
  type OnEngine,
  type SessionHarness,
} from '../testing/index.js';

const SERIES = 2;
const SLICES = 8;
const SHOWN_MS = 150_000;
const MIB = 1024 * 1024;

/** Lays out made slices. What is not the first part waits at the gate. */
class GatedCopier extends RecordCopier {
  private readonly slices = Array.from({ length: SERIES }, (_, index) =>
    syntheticCtStudy({ slices: SLICES, size: 128, seriesNumber: index + 1 }),
  ).flat();
  private calls = 0;
  private gate = Promise.resolve();
  /** Opens the gate, or lets those who wait at it fail. */
  open: (failure?: Error) => void = () => undefined;

  /** Closes the gate for the session to come. */
  close(): void {
    this.calls = 0;
    this.gate = new Promise((resolve, reject) => {
      this.open = (failure) => {
        if (failure) reject(failure);
        else resolve();
      };
    });
    this.gate.catch(() => undefined);
  }

  override async layOut(
    _patientId: string,
    files: readonly { readonly path: string }[],
    targetDir: string,
    signal: AbortSignal,
  ): Promise<void> {
    this.calls += 1;
    if (this.calls > 1)
      await Promise.race([
        this.gate,
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      ]);
    for (const { path } of files) {
      mkdirSync(dirname(join(targetDir, path)), { recursive: true });
      const number = Number(/(\d+)\.dcm$/.exec(path)?.[1] ?? 1);
      writeFileSync(join(targetDir, path), this.slices[number - 1]?.bytes ?? '', { flag: 'wx' });
    }
  }
}

describe('a study whose first series is there', () => {
  const installation = testInstallation({ warm: 0, bridges: 0 });
  const copier = new GatedCopier();
  const patientId = newId();
  let harness: SessionHarness;
  let engine: OnEngine;

  beforeAll(async () => {
    engine = await openOnEngine(installation, 'ohif', copier);
    harness = engine.harness;
  });
  afterAll(async () => {
    copier.open();
    await engine.end();
  });

  /** A study of two series that says that it is large. */
  const request = async () => {
    copier.close();
    const { item, files } = await addImaging(harness.database, patientId, SERIES * SLICES);
    const repository = harness.database.getRepository(RecordFile);
    for (const [index, { id }] of files.entries()) {
      const seriesNumber = Math.floor(index / SLICES) + 1;
      const seriesInstanceUid = `1.2.3.${seriesNumber}`;
      await repository.update({ id }, { bytes: 5 * MIB, seriesNumber, seriesInstanceUid });
    }
    const startedBy = { kind: 'account' as const, id: newId(), name: 'Jane' };
    return (await harness.sessions.request({ patientId, startedBy, itemIds: [item.id] })).id;
  };
  const isLaidOut = (id: string) =>
    harness.module.get(SessionHost).isLaidOut(id, { signal: AbortSignal.timeout(5_000) });
  const said = async (id: string) => {
    const beholder = { participantId: newId(), control: 'control' as const, mine: true };
    return (await harness.views.of(await harness.store.get(id), beholder)).message;
  };

  it('is shown while the others are still being laid out, and says so', async () => {
    const id = await request();
    await harness.until(
      id,
      ({ viewerStatus, state }) => viewerStatus === 'showing' || state === 'failed',
      SHOWN_MS,
    );
    expect(await isLaidOut(id)).toBe(false);
    expect(await said(id)).toBe('The viewer is showing the first pictures. The others are on their way.');
    copier.open();
    while (!(await isLaidOut(id))) await new Promise((resolve) => setTimeout(resolve, 20));
    await harness.until(id, ({ state }) => state === 'ready');
    expect(await said(id)).toBe('The viewer is showing what you chose.');
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
  });

  it('is closed with the reason when the others cannot be laid out: a part must not look like the whole', async () => {
    const id = await request();
    await harness.until(id, ({ state }) => state === 'ready', SHOWN_MS);
    copier.open(new Problem('vault.damaged'));
    const over = await harness.until(id, ({ state }) => state === 'failed', 20_000);
    expect(over).toMatchObject({ endReason: 'start-failed', failure: 'vault.damaged' });
    expect(await said(id)).toBe(new Problem('vault.damaged').message);
    expect(await engine.driver.list({ signal: AbortSignal.timeout(5_000) })).toEqual([]);
  });

  it('ends at once while the others are being laid out', async () => {
    const id = await request();
    await harness.until(id, ({ state }) => state === 'ready', SHOWN_MS);
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
    expect((await engine.mounts.list()).filter(({ path }) => path.includes(id))).toEqual([]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent, AuditService, type AuditAgent } from '@vitrine/audit';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { createLogger, Problem, readSettings } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testSessionHost } from '@vitrine/session-host/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { ADMISSION_CHECKS, type AdmissionProgress } from './admission-findings.js';
import { AdmissionTest } from './admission-test.js';
import { ImageInventory } from './image-inventory.js';
import { ImagePackages } from './image-packages.entity.js';
import { ViewerAdmission } from './viewer-admission.js';
import { ViewerCatalogue } from './viewer-catalogue.js';
import { ViewerRegistrar } from './viewer-registrar.js';
import { Viewer } from './viewer.entity.js';

const admin: AuditAgent = { kind: 'account', id: 'a', name: 'Admin' };
const manifest = {
  id: 'plain',
  title: 'Plain',
  sentence: 'Shows.',
  licence: 'MIT',
  formats: ['pdf'],
  resources: { memoryMiB: 256 },
};

/** A real test over an engine whose guests answer with a banner and paint nothing. */
describe('ViewerAdmission', () => {
  let folder: string;
  let database: TestDatabase;
  let driver: FakeDriver;
  let registrar: ViewerRegistrar;
  let catalogue: ViewerCatalogue;
  let admission: ViewerAdmission;
  let shipped: string[];
  let test: AdmissionTest;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'va-'));
    shipped = [];
    database = await testDatabase([ImagePackages, Viewer, AuditEvent]);
    driver = new FakeDriver();
    for (const [id, letter] of Object.entries({ plain: 'a', other: 'b' }))
      driver.engine.images.set(`some/${id}:1`, {
        digest: `sha256:${letter.repeat(64)}`,
        bytes: 1,
        createdAt: new Date(0),
        labels: {
          'org.vitrine.contract': '1',
          'org.vitrine.manifest': Buffer.from(JSON.stringify({ ...manifest, id })).toString('base64'),
        },
      });
    const clock = new FakeClock();
    const viewers = database.dataSource.getRepository(Viewer);
    const audit = new AuditService(database.dataSource.getRepository(AuditEvent), clock);
    const settings = readSettings({ VITRINE_DATA_DIR: folder, VITRINE_RUN_DIR: join(folder, 'run') });
    const { host, permits } = testSessionHost({ driver, mounts: new FakeMounts(), settings, clock });
    registrar = new ViewerRegistrar(viewers, host, database.transactor, audit, clock);
    catalogue = new ViewerCatalogue(viewers);
    test = new AdmissionTest(host, permits, settings, clock);
    const packages = database.dataSource.getRepository(ImagePackages);
    const inventory = new ImageInventory(packages, host, database.transactor, clock);
    const images = { guacd: 'none', viewers: shipped, toolbox: 'none' };
    const logger = createLogger('test', 'silent');
    admission = new ViewerAdmission(test, catalogue, registrar, images, logger, inventory);
  });
  afterEach(async () => {
    await admission.onApplicationShutdown();
    driver.engine.close();
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const tested = async (): Promise<Viewer> => {
    admission.enqueue('plain');
    await admission.settled();
    return catalogue.get('plain');
  };

  it('has all checks before it while it waits for its turn', async () => {
    const { admission: waits } = await registrar.register('some/plain:1', admin);
    expect(waits).toMatchObject({ passed: false, checks: [] });
    expect(waits?.underWay).toEqual({ running: null, toCome: ADMISSION_CHECKS });
  });

  it('writes each check down before it is done, and the outcome of the last', async () => {
    driver.engine.behaviour.breaches = ['a network'];
    await registrar.register('some/plain:1', admin);
    const told: AdmissionProgress[] = [];
    const progress = registrar.progress.bind(registrar);
    jest.spyOn(registrar, 'progress').mockImplementation(async (...args) => {
      await progress(...args);
      const { admission: kept } = await catalogue.get('plain');
      if (kept?.underWay) told.push({ checks: kept.checks, underWay: kept.underWay });
    });
    const viewer = await tested();
    expect(told.map(({ checks, underWay }) => [checks.length, underWay.running])).toEqual([
      [0, ADMISSION_CHECKS[0]],
      [1, ADMISSION_CHECKS[1]],
      [2, ADMISSION_CHECKS[2]],
    ]);
    expect(told[1]?.underWay.toCome).toEqual(ADMISSION_CHECKS.slice(2));
    expect(viewer.state).toBe('refused');
    expect(viewer.admission?.underWay).toBeUndefined();
    expect(viewer.admission?.checks.at(-1)).toEqual({
      name: ADMISSION_CHECKS[2],
      passed: false,
      detail: 'The sandbox has holes: a network.',
    });
  });

  it('goes on when a step cannot be written down', async () => {
    driver.engine.behaviour.breaches = ['a network'];
    await registrar.register('some/plain:1', admin);
    jest.spyOn(registrar, 'progress').mockRejectedValue(new Problem('kernel.busy'));
    expect((await tested()).admission?.checks).toHaveLength(3);
  });

  it('fails a test that the engine does not let it do, instead of testing for ever', async () => {
    await registrar.register('some/plain:1', admin);
    driver.engine.reachable = false;
    const viewer = await tested();
    expect(viewer.state).toBe('refused');
    expect(viewer.admission?.checks.at(-1)).toMatchObject({ name: ADMISSION_CHECKS[1], passed: false });
    driver.engine.reachable = true;
    expect((await registrar.retest('plain', admin)).state).toBe('testing');
  });

  it('tests again after a start what was cut off in the middle', async () => {
    driver.engine.behaviour.breaches = ['a network'];
    const { imageDigest } = await registrar.register('some/plain:1', admin);
    const underWay = { running: ADMISSION_CHECKS[4], toCome: [ADMISSION_CHECKS[5]] };
    await registrar.progress('plain', imageDigest, { checks: [], underWay });
    await admission.ensureShipped();
    await admission.settled();
    expect(await catalogue.get('plain')).toMatchObject({ state: 'refused', admission: { passed: false } });
  });

  it('also tests again what was disabled meanwhile, so that no report stays unfinished', async () => {
    driver.engine.behaviour.breaches = ['a network'];
    await registrar.register('some/plain:1', admin);
    await registrar.disable('plain', admin);
    await admission.ensureShipped();
    await admission.settled();
    const viewer = await catalogue.get('plain');
    expect(viewer.state).toBe('disabled');
    expect(viewer.admission?.underWay).toBeUndefined();
  });

  it('offers a shipped viewer by itself when the engine, which was not there at the start, comes', async () => {
    shipped.push('some/plain:1');
    driver.engine.behaviour.breaches = ['a network'];
    driver.engine.reachable = false;
    await admission.ensureShipped();
    expect(await catalogue.all()).toEqual([]);
    driver.engine.reachable = true;
    await until(async () => {
      const [viewer] = await catalogue.all();
      return viewer?.admission != null && viewer.admission.underWay === undefined;
    });
    const [viewer] = await catalogue.all();
    expect(viewer).toMatchObject({ id: 'plain', state: 'offered', shipped: true });
    expect(viewer?.admission?.checks.length).toBeGreaterThan(0);
  });

  it('offers another one that comes late while the first is under test', async () => {
    shipped.push('some/plain:1', 'some/other:1');
    let end: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (end = resolve));
    const really = test.run.bind(test);
    const run = jest.spyOn(test, 'run').mockImplementation(async (...args) => {
      if (args[0].id === 'plain') await held;
      return really(...args);
    });
    driver.engine.behaviour.breaches = ['a network'];
    driver.engine.reachable = false;
    await admission.ensureShipped();
    const other = driver.engine.images.get('some/other:1');
    driver.engine.images.delete('some/other:1');
    driver.engine.reachable = true;
    await until(() => Promise.resolve(run.mock.calls.length === 1));
    if (other) driver.engine.images.set('some/other:1', other);
    await until(async () => (await catalogue.all()).length === 2);
    expect((await catalogue.all()).map(({ state }) => state)).toEqual(['offered', 'offered']);
    expect(run).toHaveBeenCalledTimes(1);
    end();
    await until(() => Promise.resolve(run.mock.calls.length > 1));
    expect(run.mock.calls.slice(0, 2).map(([{ id }]) => id)).toEqual(['plain', 'other']);
  });

  it('does not write a step of one image into the report of another', async () => {
    await registrar.register('some/plain:1', admin);
    await registrar.progress('plain', `sha256:${'e'.repeat(64)}`, {
      checks: [],
      underWay: { running: ADMISSION_CHECKS[5], toCome: [] },
    });
    expect((await catalogue.get('plain')).admission?.underWay?.running).toBeNull();
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end && !(await isSo());)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

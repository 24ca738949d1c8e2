import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Logger } from '@vitrine/kernel';
import { EngineFixture } from '../../testing/engine-fixture.js';
import { FakeDriver } from '../../testing/fake.driver.js';
import { FakeEngine } from '../../testing/fake-engine.js';
import { buildTestMachine, QEMU_IMAGE } from '../../testing/test-machine.js';
import { GUEST_UID } from '../docker/guest-options.js';
import { KvmTrial, runTrial } from './kvm-trial.js';

let engine: EngineFixture;
let said: { accelerator: string; reason: string }[];

beforeAll(async () => {
  engine = await EngineFixture.open();
  // Makes the image of QEMU on the way.
  await buildTestMachine(engine.runDir);
});
afterAll(() => engine.close());
afterEach(async () => {
  expect(await engine.driver.list(engine.soon)).toEqual([]);
});

function trialOn(driver: ConstructorParameters<typeof KvmTrial>[0], device?: string): KvmTrial {
  said = [];
  const logger = { info: (told: (typeof said)[number]) => said.push(told) } as unknown as Logger;
  return new KvmTrial(driver, {
    qemuImage: QEMU_IMAGE,
    runDir: engine.runDir,
    logger,
    ...(device !== undefined && { device }),
  });
}

describe('the trial of KVM', () => {
  it('starts a system that says so, where instructions are translated', async () => {
    const image = await engine.driver.findImage(QEMU_IMAGE, engine.soon);
    const signal = AbortSignal.timeout(90_000);
    const seen = await runTrial(engine.driver, image?.digest ?? '', { signal });
    expect(seen).toMatchObject({ status: 'exited', exitCode: 42 });
  });

  it('ends a system that does not get there in time, and leaves nothing of it', async () => {
    const image = await engine.driver.findImage(QEMU_IMAGE, engine.soon);
    const signal = AbortSignal.timeout(1_500);
    const seen = await runTrial(engine.driver, image?.digest ?? '', { signal });
    expect(seen.status).toBe('unreachable');
    expect(signal.aborted).toBe(true);
  });

  it('is given up at once when its process ends, and leaves nothing', async () => {
    const fake = new FakeEngine();
    const image = { digest: `sha256:${'a'.repeat(64)}`, bytes: 1, createdAt: new Date(), labels: {} };
    fake.images.set(QEMU_IMAGE, image);
    fake.behaviour.job = () => new Promise<number>(() => undefined);
    const trial = trialOn(new FakeDriver(fake), '/dev/null');
    const node = trial.node();
    while (fake.guests.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await trial.giveUp();
    expect(fake.guests.size).toBe(0);
    expect(await node).toBeUndefined();
    expect(said).toEqual([]);
  });

  it('finds out within half a minute what the processor of this machine does, and keeps to it', async () => {
    const trial = trialOn(engine.driver);
    const began = performance.now();
    const node = await trial.node();
    process.stdout.write(`here: ${JSON.stringify(said)} after ${Math.round(performance.now() - began)} ms\n`);
    expect(performance.now() - began).toBeLessThan(32_000);
    expect(said).toHaveLength(1);
    expect(said[0]?.accelerator).toBe(node === undefined ? 'tcg' : 'kvm');
    expect(await trial.node()).toBe(node);
    expect(said).toHaveLength(1);
  });
});

describe('what was found', () => {
  const made = () => {
    const fake = new FakeEngine();
    const digest = `sha256:${'a'.repeat(64)}`;
    fake.images.set(QEMU_IMAGE, { digest, bytes: 1, createdAt: new Date(), labels: {} });
    return { fake, driver: new FakeDriver(fake, engine.installationId) };
  };

  it('is a device that only the guests’ user can open, in a folder of root’s, when a system started', async () => {
    const { fake, driver } = made();
    fake.behaviour.job = (spec) => (spec.kvm !== undefined && spec.command?.includes('kvm') ? 42 : 1);
    const node = await trialOn(driver, '/dev/null').node();
    const [seen, folder, device] = await Promise.all([
      stat(node ?? ''),
      stat(join(node ?? '', '..')),
      stat('/dev/null'),
    ]);
    expect([seen.rdev, seen.uid, seen.mode & 0o777]).toEqual([device.rdev, GUEST_UID, 0o600]);
    expect([folder.uid, folder.mode & 0o777]).toEqual([0, 0o700]);
    expect(said).toEqual([{ accelerator: 'kvm', reason: 'a system started' }]);
  });

  it('is nothing when a system hangs', async () => {
    const { fake, driver } = made();
    fake.behaviour.job = () => new Promise<number>(() => undefined);
    expect(await trialOn(driver, '/dev/null').node()).toBeUndefined();
    expect(said).toEqual([{ accelerator: 'tcg', reason: 'no system started in 15 s' }]);
    expect(await driver.list(engine.soon)).toEqual([]);
  });

  it('is nothing when the machine ended otherwise, or there is no device', async () => {
    const { fake, driver } = made();
    fake.behaviour.job = () => 1;
    expect(await trialOn(driver, '/dev/null').node()).toBeUndefined();
    expect(said).toEqual([{ accelerator: 'tcg', reason: 'it ended with code 1' }]);
    const plain = join(engine.runDir, 'no-device');
    await writeFile(plain, '');
    for (const device of [plain, '/dev/no-kvm']) expect(await trialOn(driver, device).node()).toBeUndefined();
    expect(said).toEqual([{ accelerator: 'tcg', reason: 'there is no /dev/no-kvm' }]);
  });

  it('is tried again after an engine that did not answer', async () => {
    const { fake, driver } = made();
    fake.behaviour.job = () => 42;
    const trial = trialOn(driver, '/dev/null');
    fake.reachable = false;
    expect(await trial.node()).toBeUndefined();
    fake.reachable = true;
    expect(await trial.node()).toBeDefined();
  });
});

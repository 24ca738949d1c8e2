import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { delay } from '@vitrine/kernel';
import { PNG } from 'pngjs';
import { EngineFixture, type ViewerFixture } from '../../testing/engine-fixture.js';
import { registerTestDisk, WITHOUT_KVM } from '../../testing/test-machine.js';
import { QemuDriver } from './qemu.driver.js';

let engine: EngineFixture;
let driver: QemuDriver;
let machines: string;
let machine: string;

beforeAll(async () => {
  engine = await EngineFixture.open();
  machines = await mkdtemp('/var/tmp/vitrine-machines-');
  machine = await registerTestDisk(machines);
  driver = new QemuDriver(engine.driver, { machines, runDir: engine.runDir, ...WITHOUT_KVM });
});
afterEach(async () => {
  for (const { ref } of await driver.list(inTime())) await driver.destroy(ref, inTime());
});
afterAll(async () => {
  await engine.close();
  await rm(machines, { recursive: true });
});

const inTime = () => ({ signal: AbortSignal.timeout(100_000) });

async function started(scratchMiB: number): Promise<ViewerFixture> {
  const limits = { cpus: 1, memoryMiB: 384, pids: 16, scratchMiB };
  const viewer = await engine.viewer([], { imageDigest: machine, isolation: 'vm', limits });
  await driver.create(viewer.ref, viewer.spec, inTime());
  await driver.start(viewer.ref, viewer.spec, inTime());
  return viewer;
}

/** Puts a file into the record, and the list last, as the host does. */
async function lay({ record }: ViewerFixture, name: string, content: Buffer): Promise<void> {
  await mkdir(join(record, 'item-1'));
  await writeFile(join(record, 'item-1', name), content);
  await writeFile(join(record, 'open.json.new'), '{}');
  await rename(join(record, 'open.json.new'), join(record, 'open.json'));
}

async function untilWord({ display }: ViewerFixture, wanted: readonly string[]): Promise<string> {
  for (const end = Date.now() + 90_000; Date.now() < end;) {
    const word = await readFile(join(display, 'status'), 'utf8').catch(() => '');
    if (wanted.includes(word)) return word;
    await delay(100);
  }
  return 'too late';
}

describe('a machine that starts from its own disk', () => {
  it('waits for the record, finds it as a CD, and is showing when it has read it and come to rest', async () => {
    const viewer = await started(32);
    expect(await untilWord(viewer, ['waiting', 'opening'])).toBe('waiting');
    await lay(viewer, '000001.png', PNG.sync.write(new PNG({ width: 64, height: 64 })));
    expect(await untilWord(viewer, ['showing', 'refused'])).toBe('showing');
    // As somebody looks at it who knows only where it has its folders.
    const shape = {
      ...viewer.spec,
      imageDigest: '',
      limits: { cpus: 1, memoryMiB: 1, pids: 1, scratchMiB: 1 },
    };
    const { mounts, ...seen } = await driver.examine(viewer.ref, shape, inTime());
    expect(mounts).toContainEqual({
      path: '/record',
      isReadOnly: true,
      flags: ['nosuid', 'nodev', 'noexec'],
    });
    expect(seen).toEqual({
      interfaces: ['lo'],
      writable: ['/dev/shm', '/run/display', '/tmp'],
      capabilities: [],
      seccomp: 'filter',
      filters: 2,
      socketFamilies: ['AF_UNIX'],
      accelerator: 'tcg',
      breaches: [],
    });
  });

  it('says that it cannot show a record that is larger than a CD may be here, and goes on', async () => {
    const viewer = await started(4);
    await lay(viewer, '000001.png', Buffer.alloc(3 * 1024 * 1024));
    expect(await untilWord(viewer, ['showing', 'refused'])).toBe('refused');
    expect(await driver.observe(viewer.ref, inTime())).toEqual({ status: 'running' });
  });
});

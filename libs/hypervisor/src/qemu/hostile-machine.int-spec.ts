import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EngineFixture, type ViewerFixture } from '../../testing/engine-fixture.js';
import { buildTestMachine, WITHOUT_KVM } from '../../testing/test-machine.js';
import { QemuDriver } from './qemu.driver.js';

let engine: EngineFixture;
let driver: QemuDriver;
let machines: string;
let machine: string;

beforeAll(async () => {
  engine = await EngineFixture.open();
  machines = await mkdtemp('/var/tmp/vitrine-machines-');
  machine = await buildTestMachine(machines);
  driver = new QemuDriver(engine.driver, { machines, runDir: engine.runDir, ...WITHOUT_KVM });
});
afterAll(async () => {
  await engine.close();
  await rm(machines, { recursive: true });
});

const LIMITS = { cpus: 1, memoryMiB: 352, pids: 16, scratchMiB: 16 };
const within = (...command: string[]): Promise<ViewerFixture> =>
  engine.viewer(command, { imageDigest: machine, isolation: 'vm', limits: LIMITS });
const inTime = () => ({ signal: AbortSignal.timeout(100_000) });

/** What somebody tries who owns the whole machine; each line is what it found. */
const ATTEMPTS = `
echo network: $(ls /sys/class/net 2>/dev/null)
echo cards: $(cat /sys/bus/pci/devices/*/class | grep -c ^0x02)
echo disks: $(ls /sys/block)
echo record: $(echo x 2>&1 > /shares/read/record/new || echo refused)
echo remount: $(mount -o remount,rw /shares/read && echo x 2>&1 > /shares/read/record/script || echo refused)
echo overwrite: $(dd if=/dev/zero of=/shares/read/record/script bs=1 count=1 2>&1 | tail -n 1)
echo host: $(ls /shares/read /shares/write /shares/read/../../../etc/shadow 2>&1 | tr '\\n' ' ')
echo above: $(cat /shares/write/../../../../../machine/kernel 2>&1 | head -c 90)
ln -s /etc/hostname /shares/write/run/display/link
mknod /shares/write/run/display/device b 8 0 2>/dev/null
echo device: $(head -c 1 /shares/write/run/display/device 2>&1)
chmod 4755 /shares/write/run/display/report
mv /shares/write/run/display/vnc.sock /shares/write/run/display/moved && echo socket: moved
`;

describe('somebody who owns a whole machine', () => {
  it('finds no network, no disk, nothing of the host, and cannot change the record', async () => {
    const viewer = await within('script');
    await writeFile(join(viewer.record, 'script'), ATTEMPTS);
    const { endpoint, ...spec } = viewer.spec;
    expect(endpoint).toBeDefined();
    await driver.create(viewer.ref, spec, inTime());
    await driver.start(viewer.ref, spec, inTime());
    expect(await driver.waitForEnd(viewer.ref, inTime())).toMatchObject({ status: 'exited', exitCode: 0 });
    const report = await readFile(join(viewer.display, 'report'), 'utf8');
    process.stdout.write(`\nIn a machine somebody tried:\n${report}`);
    expect(await readFile(join(viewer.record, 'script'), 'utf8')).toBe(ATTEMPTS);
    const found = new Map(
      report.split('\n').map((line) => line.split(/: ?(.*)/).slice(0, 2) as [string, string]),
    );
    expect(found.get('network')).toMatch(/^(lo)?$/);
    expect(found.get('cards')).toBe('0');
    expect(found.get('disks')).toBe('');
    for (const what of ['record', 'remount']) expect(found.get(what)).toContain('refused');
    expect(found.get('overwrite')).toContain('Read-only file system');
    expect(found.get('host')).not.toMatch(/root:/);
    expect(found.get('above')).toContain('No such file');
    expect(found.get('device')).not.toBe('');
  });
});

describe('the process of a machine', () => {
  it('has neither rights nor a network, passes two filters, and was told what it must be', async () => {
    const viewer = await within('wait');
    await driver.create(viewer.ref, viewer.spec, inTime());
    await driver.start(viewer.ref, viewer.spec, inTime());
    const { mounts, ...seen } = await driver.examine(viewer.ref, viewer.spec, inTime());
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
    const first = await engine.driver.firstProcess(viewer.ref, inTime());
    const children = await readFile(`/proc/${first}/task/${first}/children`, 'utf8');
    const words = (await readFile(`/proc/${children.trim()}/cmdline`, 'utf8')).split('\0');
    const after = (word: string) => words[words.indexOf(word) + 1];
    expect(words[0]).toBe('qemu-system-x86_64');
    expect(words).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config']));
    expect(after('-nic')).toBe('none');
    expect(after('-sandbox')).toBe('on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny');
    expect(after('-m')).toBe(`${352 - 16 - 160}M`);
  });

  it('is found out when it has no walls of its own', async () => {
    const viewer = await within('wait');
    await driver.create(viewer.ref, viewer.spec, inTime());
    await engine.driver.destroy(viewer.ref, inTime());
    // A guest of the same name that runs something else.
    const other = {
      ...viewer.spec,
      imageDigest: engine.image,
      command: ['sleep'],
      isolation: 'standard',
    } as const;
    const { endpoint, ...spec } = other;
    expect(endpoint).toBeDefined();
    await engine.driver.create(viewer.ref, spec, inTime());
    await engine.driver.start(viewer.ref, spec, inTime());
    const { breaches } = await driver.examine(viewer.ref, viewer.spec, inTime());
    expect(breaches).toContain('it is not one machine');
  });
});

describe('a machine', () => {
  it('is not started when one of its files was changed', async () => {
    const { ref, spec } = await within('wait');
    const kernel = join(machines, machine.slice('sha256:'.length), 'kernel');
    const content = await readFile(kernel);
    try {
      await writeFile(kernel, Buffer.concat([content, Buffer.from('x')]));
      await expect(driver.create(ref, spec, inTime())).rejects.toMatchObject({
        code: 'hypervisor.image-missing',
      });
    } finally {
      await writeFile(kernel, content);
    }
    await driver.create(ref, spec, inTime());
  });

  it('runs as a machine only, and nothing else does', async () => {
    const refused = { code: 'hypervisor.isolation-missing' };
    const { ref, spec } = await within('wait');
    await expect(driver.create(ref, { ...spec, isolation: 'standard' }, inTime())).rejects.toMatchObject(
      refused,
    );
    const container = { ...spec, imageDigest: engine.image };
    await expect(driver.create(ref, container, inTime())).rejects.toMatchObject(refused);
    await expect(engine.driver.create(ref, container, inTime())).rejects.toMatchObject(refused);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import { describeDriver, type GuestAct } from '../../contract/describe-driver.js';
import { buildTestMachine, WITHOUT_KVM } from '../../testing/test-machine.js';
import { DockerDriver } from '../docker/docker.driver.js';
import { GUEST_UID } from '../docker/guest-options.js';
import { SystemMounts } from '../host/host-mounts.js';
import type { GuestSpec } from '../hypervisor-driver.js';
import { QemuDriver } from './qemu.driver.js';

const mounts = new SystemMounts();
const installationId = newId();
const otherId = newId();
const opened: QemuDriver[] = [];
let runDir: string;
let machines: string;
let machine: string;

describeDriver('QemuDriver', {
  async setUp() {
    runDir = await mkdtemp('/run/vitrine-test-');
    machines = await mkdtemp('/var/tmp/vitrine-machines-');
    machine = await buildTestMachine(machines);
  },
  open: () => open(installationId),
  openOther: () => open(otherId),
  openUnreachable: () => open(installationId, join(runDir, 'nobody.sock')),
  async spec(act) {
    const ownerId = newId();
    const display = join(runDir, ownerId, 'display');
    await mounts.tmpfs(display, { sizeMiB: 1, uid: GUEST_UID, mode: 0o700 });
    return specOf(act, ownerId, display);
  },
  async tearDown() {
    for (const driver of opened.splice(0)) driver.close();
    await mounts.release(runDir);
    await rm(runDir, { recursive: true });
    await rm(machines, { recursive: true });
  },
});

function open(installation: string, engineSocket?: string): QemuDriver {
  const engine = new DockerDriver({ installationId: installation, runDir, engineSocket, mounts });
  const driver = new QemuDriver(engine, { machines, runDir, ...WITHOUT_KVM });
  opened.push(driver);
  return driver;
}

function specOf(act: GuestAct, ownerId: string, display: string): GuestSpec {
  const shows = ['display', 'never-answer', 'ignore-term'].includes(act.does);
  // QEMU shows the screen whatever the machine does; so the one that never answers is looked for where nothing comes.
  const socket = act.does === 'never-answer' ? 'other.sock' : 'vnc.sock';
  return {
    ownerId,
    role: act.does === 'exit' ? 'job' : 'viewer',
    imageDigest: machine,
    command: commandOf(act),
    network: 'none',
    isolation: 'vm',
    mounts: [{ hostPath: display, guestPath: '/run/display', access: 'read-write' }],
    limits: { cpus: 1, memoryMiB: 352, pids: 16, scratchMiB: 16 },
    ...(shows && { endpoint: { hostPath: join(display, socket), ownerUid: GUEST_UID } }),
  };
}

const commandOf = (act: GuestAct): string[] =>
  act.does === 'exit' ? ['exit', String(act.code)] : [act.does === 'ignore-term' ? 'stubborn' : 'wait'];

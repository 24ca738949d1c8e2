import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import { describeDriver, type DriverHarness, type GuestAct } from '../../contract/describe-driver.js';
import { engineIsolations, STRONG_RUNTIME } from '../../testing/engine-isolations.js';
import { buildTestImage } from '../../testing/test-image.js';
import { SystemMounts } from '../host/host-mounts.js';
import type { GuestSpec, Isolation } from '../hypervisor-driver.js';
import { DockerDriver } from './docker.driver.js';
import { GUEST_UID } from './guest-options.js';

const mounts = new SystemMounts();
const installationId = newId();
const otherId = newId();
const opened: DockerDriver[] = [];
let runDir: string;
let image: string;

for (const isolation of engineIsolations())
  describeDriver(`DockerDriver with ${isolation} walls`, harness(isolation));

function harness(isolation: Isolation): DriverHarness {
  return {
    async setUp() {
      runDir = await mkdtemp('/run/vitrine-test-');
      image = await buildTestImage();
    },
    open: () => open(installationId),
    openOther: () => open(otherId),
    openUnreachable: () => open(installationId, join(runDir, 'nobody.sock')),
    async spec(act) {
      const ownerId = newId();
      const display = join(runDir, ownerId, 'display');
      await mounts.tmpfs(display, { sizeMiB: 1, uid: GUEST_UID, mode: 0o700 });
      return { ...specOf(act, ownerId, display), isolation };
    },
    async tearDown() {
      for (const driver of opened.splice(0)) driver.close();
      await mounts.release(runDir);
      await rm(runDir, { recursive: true });
    },
  };
}

function open(installation: string, engineSocket?: string): DockerDriver {
  const driver = new DockerDriver({
    installationId: installation,
    runDir,
    engineSocket,
    mounts,
    strongRuntime: STRONG_RUNTIME,
  });
  opened.push(driver);
  return driver;
}

function specOf(act: GuestAct, ownerId: string, display: string): GuestSpec {
  const shows = ['display', 'never-answer', 'ignore-term'].includes(act.does);
  return {
    ownerId,
    role: act.does === 'exit' ? 'job' : 'viewer',
    imageDigest: image,
    command: commandOf(act),
    network: 'none',
    mounts: [{ hostPath: display, guestPath: '/run/display', access: 'read-write' }],
    limits: { cpus: 1, memoryMiB: 64, pids: 16, scratchMiB: 4 },
    ...(shows && { endpoint: { hostPath: join(display, 'vnc.sock'), ownerUid: GUEST_UID } }),
  };
}

function commandOf(act: GuestAct): string[] {
  switch (act.does) {
    case 'display':
      return ['display', '/run/display/vnc.sock'];
    case 'never-answer':
      return ['mute', '/run/display/vnc.sock'];
    case 'ignore-term':
      return ['stubborn', '/run/display/vnc.sock'];
    case 'sleep':
      return ['sleep'];
    case 'exit':
      return ['exit', String(act.code)];
  }
}

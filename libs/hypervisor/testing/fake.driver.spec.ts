import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import { describeDriver, type GuestAct } from '../contract/describe-driver.js';
import type { GuestSpec } from '../src/hypervisor-driver.js';
import { FakeDriver } from './fake.driver.js';
import { FakeEngine } from './fake-engine.js';

const engine = new FakeEngine();
const gone = new FakeEngine();
const image = `sha256:${'a'.repeat(64)}`;
let folder: string;

describeDriver('FakeDriver', {
  async setUp() {
    folder = await mkdtemp(join(tmpdir(), 'fake-'));
    gone.reachable = false;
    engine.images.set('vitrine/test-guest', { digest: image, bytes: 1, createdAt: new Date(), labels: {} });
  },
  open: () => new FakeDriver(engine),
  openOther: () => new FakeDriver(engine, '0'.repeat(32)),
  openUnreachable: () => new FakeDriver(gone),
  spec: (act) => Promise.resolve(specOf(act)),
  async tearDown() {
    engine.close();
    await rm(folder, { recursive: true });
  },
});

function specOf(act: GuestAct): GuestSpec {
  const ownerId = newId();
  Object.assign(engine.behaviour, {
    answers: act.does !== 'never-answer',
    stubborn: act.does === 'ignore-term',
    diesWith: act.does === 'exit' ? act.code : undefined,
  });
  const shows = ['display', 'never-answer', 'ignore-term'].includes(act.does);
  return {
    ownerId,
    role: act.does === 'exit' ? 'job' : 'viewer',
    imageDigest: image,
    network: 'none',
    mounts: [],
    limits: { cpus: 1, memoryMiB: 64, pids: 16, scratchMiB: 4 },
    ...(shows && {
      endpoint: { hostPath: join(folder, ownerId.slice(0, 12)), ownerUid: process.getuid?.() ?? 0 },
    }),
  };
}

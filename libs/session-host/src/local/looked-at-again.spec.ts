import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CallOptions, GuestExamination, GuestRef, GuestSpec } from '@vitrine/hypervisor';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId, Problem } from '@vitrine/kernel';
import { ForgetfulCopier } from '../../testing/forgetful-copier.js';
import { OpenRegister } from '../../testing/open-register.js';
import { testSessionHost } from '../../testing/test-session-host.js';
import type { ViewerBuild, ViewerNetwork } from '../image-contract.js';
import type { BoundImage } from './session-places.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const soon = () => ({ signal: AbortSignal.timeout(5_000) });

/** Remembers what each guest was promised when it was looked at. */
class AttentiveDriver extends FakeDriver {
  readonly promised: ViewerNetwork[] = [];

  override examine(ref: GuestRef, spec: GuestSpec, options: CallOptions): Promise<GuestExamination> {
    this.promised.push(spec.network);
    return super.examine(ref, spec, options);
  }
}

class OneImage extends OpenRegister {
  network: ViewerNetwork = 'none';

  override async viewer(wish: BoundImage): Promise<ViewerBuild> {
    return { ...(await super.viewer(wish)), network: this.network };
  }
}

describe('a guest that is looked at again', () => {
  const id = newId();
  let root: string;
  let driver: AttentiveDriver;
  let register: OneImage;

  const openHost = () =>
    testSessionHost({
      driver,
      mounts: new FakeMounts(),
      settings: { runDir: root, dataDir: root, scratchDir: join(root, 'scratch') },
      copier: new ForgetfulCopier(),
      register,
    }).host;
  const start = (host: ReturnType<typeof openHost>) =>
    host.start(
      id,
      { role: 'viewer', imageDigest: DIGEST, isolation: 'standard', registration: null, egress: false },
      soon(),
    );

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'vitrine-again-'));
    driver = new AttentiveDriver();
    driver.engine.images.set('vitrine/plain:1', {
      digest: DIGEST,
      bytes: 1,
      createdAt: new Date(0),
      labels: {},
    });
    register = new OneImage(driver, 'vitrine/guacd:1');
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it.each(['none', 'loopback'] as const)(
    'is held against what it was promised at its start (%s), also by a host that was started again',
    async (network) => {
      register.network = network;
      const host = openHost();
      await host.prepare(id, soon());
      await start(host);
      await host.examine(id, 'viewer', soon());
      await openHost().examine(id, 'viewer', soon());
      expect(driver.promised).toEqual([network, network, network]);
    },
  );

  it('cannot be promised more later on', async () => {
    const host = openHost();
    await host.prepare(id, soon());
    await start(host);
    register.network = 'loopback';
    const code = await start(host).catch((error: unknown) => Problem.from(error).code);
    expect(code).toBe('sessions.not-permitted');
    await host.examine(id, 'viewer', soon());
    expect(driver.promised.at(-1)).toBe('none');
  });
});

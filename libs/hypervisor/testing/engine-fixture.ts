import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '@vitrine/kernel';
import { DockerDriver } from '../src/docker/docker.driver.js';
import { GUEST_UID } from '../src/docker/guest-options.js';
import { SystemMounts } from '../src/host/host-mounts.js';
import type { GuestRef, GuestSpec } from '../src/hypervisor-driver.js';
import { STRONG_RUNTIME } from './engine-isolations.js';
import { buildTestImage } from './test-image.js';

/** A real engine, the guest for tests, folders as a session has them; and everything gone after `close`. */
export class EngineFixture {
  readonly mounts = new SystemMounts();
  readonly installationId = newId();
  readonly driver: DockerDriver;

  private constructor(
    readonly runDir: string,
    readonly image: string,
  ) {
    this.driver = new DockerDriver({
      installationId: this.installationId,
      runDir,
      mounts: this.mounts,
      strongRuntime: STRONG_RUNTIME,
    });
  }

  static async open(): Promise<EngineFixture> {
    const image = await buildTestImage();
    return new EngineFixture(await mkdtemp('/run/vitrine-test-'), image);
  }

  /** Every call of a test gets a deadline of its own. */
  get soon(): { signal: AbortSignal } {
    return { signal: AbortSignal.timeout(30_000) };
  }

  /** A viewer with an empty record and a place for its display, both mounted already. */
  async viewer(command: readonly string[], more: Partial<GuestSpec> = {}): Promise<ViewerFixture> {
    const ownerId = newId();
    const folder = join(this.runDir, 'sessions', ownerId);
    const [record, display] = [join(folder, 'record'), join(folder, 'display')];
    await this.mounts.tmpfs(record, { sizeMiB: 4 });
    await this.mounts.tmpfs(display, { sizeMiB: 1, uid: GUEST_UID, mode: 0o700 });
    const spec: GuestSpec = {
      ownerId,
      role: 'viewer',
      imageDigest: this.image,
      command,
      network: 'none',
      mounts: [
        { hostPath: record, guestPath: '/record', access: 'read' },
        { hostPath: display, guestPath: '/run/display', access: 'read-write' },
      ],
      limits: { cpus: 1, memoryMiB: 128, pids: 64, scratchMiB: 16 },
      endpoint: { hostPath: join(display, 'vnc.sock'), ownerUid: GUEST_UID },
      ...more,
    };
    return { record, display, spec, ref: this.driver.plan(spec) };
  }

  async start({ ref, spec }: ViewerFixture): Promise<void> {
    await this.driver.create(ref, spec, this.soon);
    await this.driver.start(ref, spec, this.soon);
  }

  /** What a command inside a running guest prints. */
  async inside(ref: GuestRef, ...command: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('docker', ['exec', ref.name, ...command]);
    return stdout;
  }

  /** What the engine itself says of a guest, in a form of its own templates. */
  async describe(ref: GuestRef, template: string): Promise<string> {
    const { stdout } = await promisify(execFile)('docker', ['inspect', '--format', template, ref.name]);
    return stdout.trim();
  }

  async close(): Promise<void> {
    for (const guest of await this.driver.list(this.soon)) await this.driver.destroy(guest.ref, this.soon);
    this.driver.close();
    await this.mounts.release(this.runDir);
    await rm(this.runDir, { recursive: true });
  }
}

export interface ViewerFixture {
  readonly record: string;
  readonly display: string;
  readonly spec: GuestSpec;
  readonly ref: GuestRef;
}

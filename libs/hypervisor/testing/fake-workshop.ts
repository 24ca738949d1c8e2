import { Problem } from '@vitrine/kernel';
import type { CallOptions, GuestExamination, GuestImage, GuestRef } from '../src/hypervisor-driver.js';
import { awaitEndpoint } from '../src/sockets/await-endpoint.js';
import { Workshop, type BuildSpec, type Freeze } from '../src/workshop.js';
import type { FakeEngine } from './fake-engine.js';

const INSTALLATION = 'f'.repeat(32);

/** Builds on a made-up engine: guests like viewers, under names of their own. */
export class FakeWorkshop extends Workshop {
  readonly opened: BuildSpec[] = [];
  readonly frozen: Freeze[] = [];
  /** What every image has for `readFile`. */
  file: Buffer | undefined;

  /** Of every build. */
  size = 0;

  constructor(private readonly engine: FakeEngine) {
    super();
  }

  override plan(ownerId: string): GuestRef {
    return {
      driver: 'fake',
      name: `vitrine-${INSTALLATION.slice(0, 8)}-build-${ownerId}`,
      state: { version: 1, data: {} },
    };
  }

  override async open(spec: BuildSpec, options: CallOptions): Promise<GuestExamination> {
    const { name } = this.plan(spec.ownerId);
    this.opened.push(spec);
    if (!this.engine.guests.has(name)) {
      const { ownerId, imageDigest, limits, endpoint } = spec;
      const guest = {
        name,
        installationId: INSTALLATION,
        createdAt: new Date(),
        spec: {
          ownerId,
          role: 'viewer',
          imageDigest,
          network: 'none',
          mounts: [],
          limits,
          endpoint,
        } as const,
        status: 'created' as const,
        exitCode: null,
        detail: '',
      };
      this.engine.guests.set(name, guest);
      await this.engine.run(guest);
    }
    await awaitEndpoint(spec.endpoint, 'rfb', options.signal);
    return this.examine(spec);
  }

  override examine({ ownerId }: Pick<BuildSpec, 'ownerId'>): Promise<GuestExamination> {
    if (this.engine.guests.get(this.plan(ownerId).name)?.status !== 'running')
      return Promise.reject(new Problem('hypervisor.start-failed'));
    const { breaches } = this.engine.behaviour;
    return Promise.resolve({
      interfaces: ['lo', 'eth0'],
      mounts: [{ path: '/', isReadOnly: false, flags: [] }],
      writable: ['/'],
      capabilities: [],
      seccomp: 'filter',
      filters: 1,
      socketFamilies: ['any'],
      breaches,
    });
  }

  override bytes(): Promise<number> {
    return Promise.resolve(this.size);
  }

  override freeze(spec: BuildSpec, into: Freeze): Promise<GuestImage> {
    this.frozen.push(into);
    const { repository, tag, labels } = into;
    const digest = `sha256:${String(this.frozen.length).padStart(64, 'b')}`;
    const image = { digest, bytes: 1, createdAt: new Date(), labels };
    this.engine.images.set(`${repository}:${tag}`, image);
    return Promise.resolve(image);
  }

  override close(ownerId: string): Promise<void> {
    const guest = this.engine.guests.get(this.plan(ownerId).name);
    if (guest) this.engine.remove(guest);
    return Promise.resolve();
  }

  override sweep(): Promise<void> {
    return Promise.resolve();
  }

  override readFile(): Promise<Buffer | undefined> {
    return Promise.resolve(this.file);
  }
}

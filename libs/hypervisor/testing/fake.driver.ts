import { on } from 'node:events';
import { Problem, sooner } from '@vitrine/kernel';
import type {
  CallOptions,
  GuestEvent,
  GuestExamination,
  GuestImage,
  GuestListing,
  GuestObservation,
  GuestProgress,
  GuestRef,
  GuestSpec,
  HypervisorDriver,
  Isolation,
  MachineMemory,
} from '../src/hypervisor-driver.js';
import { awaitEndpoint } from '../src/sockets/await-endpoint.js';
import { FakeEngine, type FakeGuest } from './fake-engine.js';

const FAKE_INSTALLATION = 'f'.repeat(32);

/** A driver without an engine that keeps the whole contract. Open a second one on the same `engine` for “after a restart”. */
export class FakeDriver implements HypervisorDriver {
  readonly kind = 'fake';

  constructor(
    readonly engine = new FakeEngine(),
    private readonly installationId = FAKE_INSTALLATION,
  ) {}

  async probe(options: CallOptions): Promise<void> {
    await this.reach(options);
  }

  async isolations(options: CallOptions): Promise<readonly Isolation[]> {
    await this.reach(options);
    return this.engine.isolations;
  }

  plan(spec: GuestSpec): GuestRef {
    return this.ref(`vitrine-${this.installationId.slice(0, 8)}-${spec.role}-${spec.ownerId}`);
  }

  async create(ref: GuestRef, spec: GuestSpec, options: CallOptions): Promise<GuestRef> {
    await this.reach(options);
    if (!this.engine.isolations.includes(spec.isolation ?? 'standard'))
      throw new Problem('hypervisor.isolation-missing');
    if (!this.engine.holds(spec.imageDigest)) throw new Problem('hypervisor.image-missing');
    const known = this.engine.guests.get(ref.name);
    if (known?.status === 'created') known.spec = spec;
    if (known === undefined) {
      this.engine.guests.set(ref.name, {
        name: ref.name,
        installationId: this.installationId,
        createdAt: new Date(),
        spec,
        status: 'created',
        exitCode: null,
        detail: '',
      });
    }
    return this.ref(ref.name);
  }

  async start(
    ref: GuestRef,
    spec: GuestSpec,
    options: CallOptions & { onProgress?(progress: GuestProgress): void },
  ): Promise<void> {
    await this.reach(options);
    const guest = this.engine.guests.get(ref.name);
    if (guest === undefined || guest.status === 'exited') throw new Problem('hypervisor.start-failed');
    options.onProgress?.({ phase: 'boot', message: 'Starting the viewer' });
    if (guest.status === 'created') await this.engine.run(guest);
    if (spec.endpoint === undefined) return;
    options.onProgress?.({ phase: 'display', message: 'Waiting for the picture' });
    const died = new AbortController();
    const onEvent = (event: GuestEvent) => {
      if (event.name === ref.name && event.kind === 'exited') died.abort();
    };
    this.engine.events.on('event', onEvent);
    try {
      if (!this.runs(ref)) died.abort();
      const either = sooner(options.signal, died.signal);
      await awaitEndpoint(spec.endpoint, spec.role === 'viewer' ? 'rfb' : 'accept', either);
    } catch (error) {
      if (died.signal.aborted) throw new Problem('hypervisor.start-failed', { cause: error });
      throw options.signal.aborted ? whenAborted(options.signal) : error;
    } finally {
      this.engine.events.off('event', onEvent);
    }
  }

  async observe(ref: GuestRef, options: CallOptions): Promise<GuestObservation> {
    try {
      await this.reach(options);
    } catch (error) {
      return { status: 'unreachable', cause: error as Error };
    }
    const guest = this.engine.guests.get(ref.name);
    if (guest === undefined) return { status: 'absent' };
    if (guest.status !== 'exited') return { status: guest.status };
    return { status: 'exited', exitCode: guest.exitCode, detail: guest.detail };
  }

  async waitForEnd(ref: GuestRef, options: CallOptions): Promise<GuestObservation> {
    try {
      if (this.runs(ref)) {
        for await (const [event] of on(this.engine.events, 'event', options) as AsyncIterable<[GuestEvent]>) {
          if (event.name === ref.name && event.kind !== 'started') break;
        }
      }
    } catch (error) {
      return { status: 'unreachable', cause: error as Error };
    }
    return this.observe(ref, options);
  }

  async stop(ref: GuestRef, options: CallOptions & { graceMs: number }): Promise<void> {
    await this.reach(options);
    const guest = this.engine.guests.get(ref.name);
    if (guest) this.engine.end(guest, this.engine.behaviour.stubborn ? 137 : 0);
  }

  async destroy(ref: GuestRef, options: CallOptions): Promise<void> {
    await this.reach(options);
    const guest = this.engine.guests.get(ref.name);
    if (guest) this.engine.remove(guest);
  }

  async examine(ref: GuestRef, _spec: GuestSpec, options: CallOptions): Promise<GuestExamination> {
    await this.reach(options);
    if (this.engine.guests.get(ref.name)?.status !== 'running') throw new Problem('hypervisor.start-failed');
    return {
      interfaces: ['lo'],
      mounts: [{ path: '/record', isReadOnly: true, flags: ['nosuid', 'nodev', 'noexec'] }],
      writable: [],
      capabilities: [],
      seccomp: 'filter',
      filters: 1,
      socketFamilies: ['AF_UNIX'],
      breaches: [...this.engine.behaviour.breaches],
    };
  }

  async memory(refs: readonly GuestRef[], options: CallOptions): Promise<MachineMemory> {
    await this.reach(options);
    const { available, of } = this.engine.memory;
    return { available, guests: refs.map((ref) => (this.runs(ref) ? of(ref.name) : undefined)) };
  }

  async list(options: CallOptions): Promise<readonly GuestListing[]> {
    await this.reach(options);
    return [...this.engine.guests.values()]
      .filter((guest) => guest.installationId === this.installationId)
      .map((guest: FakeGuest) => ({
        ref: this.ref(guest.name),
        ownerId: guest.spec.ownerId,
        role: guest.spec.role,
        createdAt: guest.createdAt,
        isRunning: this.runs(this.ref(guest.name)),
      }));
  }

  async *watch(options: CallOptions): AsyncIterable<GuestEvent> {
    try {
      await this.reach(options);
      for await (const [event] of on(this.engine.events, 'event', options) as AsyncIterable<[GuestEvent]>) {
        if (event.name.startsWith(`vitrine-${this.installationId.slice(0, 8)}-`)) yield event;
      }
    } catch (error) {
      if (!options.signal.aborted) throw error;
    }
  }

  async findImage(reference: string, options: CallOptions): Promise<GuestImage | undefined> {
    await this.reach(options);
    return (
      this.engine.images.get(reference) ??
      [...this.engine.images.values()].find((image) => image.digest === reference)
    );
  }

  private runs(ref: GuestRef): boolean {
    return this.engine.guests.get(ref.name)?.status === 'running';
  }

  /** Every answer takes a turn of the loop, as a real one would. */
  private async reach({ signal }: CallOptions): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) throw whenAborted(signal);
    if (!this.engine.reachable) throw new Problem('hypervisor.unreachable');
  }

  private ref(name: string): GuestRef {
    return { driver: this.kind, name, state: { version: 1, data: {} } };
  }
}

const whenAborted = (signal: AbortSignal): Problem =>
  signal.reason instanceof Problem ? signal.reason : new Problem('hypervisor.took-too-long');

import { join } from 'node:path';
import type { ContainerCreateOptions, ImageInspectInfo } from 'dockerode';
import { delay, Problem, sooner } from '@vitrine/kernel';
import type { HostMounts } from '../host/host-mounts.js';
import {
  OUT_OF_MEMORY,
  type CallOptions,
  type GuestEvent,
  type GuestExamination,
  type GuestImage,
  type GuestListing,
  type GuestObservation,
  type GuestProgress,
  type GuestRef,
  type GuestSpec,
  type HypervisorDriver,
  type Isolation,
  type MachineMemory,
} from '../hypervisor-driver.js';
import { awaitEndpoint } from '../sockets/await-endpoint.js';
import { examineGuest } from './examination.js';
import { abortable, Engine, ignoring, lingering, statusOf, whenAborted, type EngineInfo } from './engine.js';
import { guestEvents } from './guest-events.js';
import { GuestFolders } from './guest-folders.js';
import { GuestMemories } from './guest-memories.js';
import { SeccompArgument } from './seccomp-argument.js';
import { guestOptions, LABELS } from './guest-options.js';

/** Of what `GuestRef.state` holds. */
const STATE_VERSION = 1;
/** A guest whose display comes as it should is never asked about: only a late one is watched for its end. */
const WATCH_AFTER_MS = 250;
/**
 * The engine finishes what it began to make, also when nobody waits any more, and a guest cannot be destroyed before it
 * is there. So whoever gives up waits for the answer a little longer.
 */
const CREATE_LINGER_MS = 5_000;
const NOT_FOUND = 404;
const CONFLICT = 409;

export interface DockerDriverOptions {
  readonly installationId: string;
  /** Of this machine; views of guests' folders are mounted below it while they start. */
  readonly runDir: string;
  readonly engineSocket?: string | undefined;
  readonly mounts: HostMounts;
  /** The engine's name for the runtime that gives strong walls; undefined where none is to be used. */
  readonly strongRuntime?: string | undefined;
}

/** Guests are containers of Docker, or of Podman by its Docker API. Needs root, for the folders' mounts. */
export class DockerDriver implements HypervisorDriver {
  readonly kind = 'docker';
  private readonly engine: Engine;
  private readonly folders: GuestFolders;
  private readonly seccomp: SeccompArgument;
  private readonly memories = new GuestMemories((ref, { signal }) => this.inspect(ref, signal));
  /** Made by us and not yet started: these need no look before they are started. */
  private readonly fresh = new Set<string>();

  constructor(private readonly options: DockerDriverOptions) {
    this.engine = new Engine(options.engineSocket);
    this.seccomp = new SeccompArgument(this.engine, options.runDir);
    this.folders = new GuestFolders(options.mounts, join(options.runDir, 'guests'));
  }

  async probe({ signal }: CallOptions): Promise<void> {
    const info = await this.engine.ask(signal, (docker) =>
      abortable<EngineInfo>(docker, docker.info, signal),
    );
    // A guest without these would be a guest without walls; better none.
    const lacking = [
      !info.SecurityOptions?.some((option) => /(^|=)seccomp/.test(option)) && 'seccomp',
      info.MemoryLimit === false && 'memory limits',
      info.CpuCfsQuota === false && 'processor limits',
      info.PidsLimit === false && 'process limits',
    ].filter((name) => name !== false);
    if (lacking.length > 0) {
      throw new Problem('hypervisor.unreachable', {
        logContext: { reason: `the engine has no ${lacking.join(', ')}` },
      });
    }
  }

  async isolations({ signal }: CallOptions): Promise<readonly Isolation[]> {
    const { Runtimes } = await this.engine.ask(signal, (docker) =>
      abortable<EngineInfo>(docker, docker.info, signal),
    );
    const { strongRuntime } = this.options;
    return strongRuntime !== undefined && strongRuntime in (Runtimes ?? {})
      ? ['standard', 'strong']
      : ['standard'];
  }

  plan(spec: GuestSpec): GuestRef {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(spec.ownerId)) {
      throw new Error('an owner id becomes part of a name: letters, digits, dot, dash and underscore only');
    }
    return this.ref(`vitrine-${this.options.installationId.slice(0, 8)}-${spec.role}-${spec.ownerId}`);
  }

  async create(ref: GuestRef, spec: GuestSpec, { signal }: CallOptions): Promise<GuestRef> {
    if (spec.isolation !== undefined && spec.isolation !== 'standard')
      await this.refuseWithoutWalls(spec.isolation, signal);
    const [plans, seccomp] = await Promise.all([
      this.folders.plan(ref, spec.mounts),
      this.seccomp.of(spec, signal),
    ]);
    const body = guestOptions(
      this.options.installationId,
      spec,
      plans.map((plan) => plan.bound),
      seccomp,
      this.options.strongRuntime,
    );
    await this.folders.prepare(plans);
    const [exposed, made] = await Promise.allSettled([
      this.folders.expose(plans),
      this.createOrAdopt(ref, body, signal),
    ]);
    if (exposed.status === 'rejected' || made.status === 'rejected') {
      await this.folders.release(ref).catch(() => undefined);
      if (made.status === 'rejected') throw made.reason as Error;
      throw startFailed('a folder could not be shown', (exposed as PromiseRejectedResult).reason);
    }
    return this.ref(ref.name, { id: made.value });
  }

  async start(
    ref: GuestRef,
    spec: GuestSpec,
    { signal, onProgress }: CallOptions & { onProgress?(progress: GuestProgress): void },
  ): Promise<void> {
    if (!this.fresh.delete(ref.name)) await this.refuseEnded(ref, signal);
    onProgress?.({ phase: 'boot', message: 'Starting the viewer' });
    await ignoring(
      [304],
      this.engine.ask(signal, (docker) => docker.getContainer(ref.name).start({ abortSignal: signal }), {
        400: 'hypervisor.start-failed',
        404: 'hypervisor.start-failed',
        409: 'hypervisor.start-failed',
        500: 'hypervisor.start-failed',
      }),
    );
    // What was bound stays with the guest; the views have done their work. Should one stay, `destroy` tries again.
    const released = this.folders.release(ref).catch(() => undefined);
    try {
      if (spec.endpoint !== undefined) {
        onProgress?.({ phase: 'display', message: 'Waiting for the picture' });
        await this.awaitAnswer(ref, spec, signal);
      }
    } finally {
      await released;
    }
  }

  async observe(ref: GuestRef, { signal }: CallOptions): Promise<GuestObservation> {
    try {
      const { State } = await this.inspect(ref, signal);
      if (State.Status === 'created') return { status: 'created' };
      if (State.Running) return { status: 'running' };
      const detail = State.OOMKilled ? OUT_OF_MEMORY : State.Status;
      return { status: 'exited', exitCode: State.ExitCode, detail };
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return { status: 'absent' };
      return { status: 'unreachable', cause: error as Error };
    }
  }

  async waitForEnd(ref: GuestRef, options: CallOptions): Promise<GuestObservation> {
    try {
      await this.ended(ref, options.signal);
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return { status: 'absent' };
      return { status: 'unreachable', cause: error as Error };
    }
    return this.observe(ref, options);
  }

  async stop(ref: GuestRef, { signal, graceMs }: CallOptions & { graceMs: number }): Promise<void> {
    if (graceMs > 0) {
      if (!(await this.kill(ref, 'SIGTERM', signal))) return;
      const grace = sooner(signal, AbortSignal.timeout(graceMs));
      if (await this.ended(ref, grace).catch((error: unknown) => statusOf(error) === NOT_FOUND)) return;
      if (signal.aborted) throw whenAborted(signal);
    }
    if (await this.kill(ref, 'SIGKILL', signal)) await ignoring([NOT_FOUND], this.ended(ref, signal));
  }

  async destroy(ref: GuestRef, { signal }: CallOptions): Promise<void> {
    this.fresh.delete(ref.name);
    this.memories.forget(ref.name);
    for (let wait = 25; ; wait *= 2) {
      try {
        await ignoring(
          [NOT_FOUND],
          this.engine.ask(signal, (docker) =>
            docker.getContainer(ref.name).remove({ force: true, v: true, abortSignal: signal }),
          ),
        );
        break;
      } catch (error) {
        // 409: somebody else is removing it. 500: its file system is busy for a moment. Both pass.
        if (![CONFLICT, 500].includes(statusOf(error) ?? 0) || wait > 1600) throw error;
        await delay(wait, signal).catch(() => Promise.reject(whenAborted(signal)));
      }
    }
    await this.folders.release(ref);
  }

  async examine(ref: GuestRef, spec: GuestSpec, { signal }: CallOptions): Promise<GuestExamination> {
    const made = await this.inspect(ref, signal, { 404: 'hypervisor.start-failed' });
    if (!made.State.Running) throw startFailed('it does not run');
    return examineGuest(made, spec).catch((error: unknown) => {
      throw startFailed('it ended while it was looked at', error);
    });
  }

  async memory(refs: readonly GuestRef[], options: CallOptions): Promise<MachineMemory> {
    return { available: process.availableMemory(), guests: await this.memories.of(refs, options) };
  }

  async list({ signal }: CallOptions): Promise<readonly GuestListing[]> {
    const containers = await this.engine.ask(signal, (docker) =>
      docker.listContainers({ all: true, filters: this.ours(), abortSignal: signal }),
    );
    return containers.map((container) => ({
      ref: this.ref((container.Names[0] ?? container.Id).replace(/^\//, ''), { id: container.Id }),
      ownerId: container.Labels[LABELS.owner] ?? '',
      role: (container.Labels[LABELS.role] ?? 'job') as GuestListing['role'],
      createdAt: new Date(container.Created * 1000),
      isRunning: container.State === 'running',
    }));
  }

  async *watch({ signal }: CallOptions): AsyncIterable<GuestEvent> {
    const asked = this.engine.ask(signal, (docker) =>
      docker.getEvents({
        filters: { ...this.ours(), type: ['container'], event: ['start', 'die', 'destroy'] },
        abortSignal: signal,
      }),
    );
    const stream = await asked.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (stream) yield* guestEvents(stream, signal);
  }

  async findImage(reference: string, { signal }: CallOptions): Promise<GuestImage | undefined> {
    const image = await ignoring(
      [400, NOT_FOUND],
      this.engine.ask(signal, (docker) => {
        const image = docker.getImage(reference);
        return abortable<ImageInspectInfo>(image, image.inspect, signal);
      }),
    );
    return (
      image && {
        digest: image.Id,
        bytes: image.Size,
        createdAt: new Date(image.Created),
        labels: (image.Config as ImageConfig | null)?.Labels ?? {},
      }
    );
  }

  /** Of a guest that runs, by its number on this machine. Throws `hypervisor.start-failed` when it does not run. */
  async firstProcess(ref: GuestRef, { signal }: CallOptions): Promise<number> {
    const { State } = await this.inspect(ref, signal, { 404: 'hypervisor.start-failed' });
    if (!State.Running) throw startFailed('it does not run');
    return State.Pid;
  }

  /** Lets go of the connections to the engine; guests go on. */
  close(): void {
    this.engine.close();
  }

  /** The engine's id of the guest. */
  private async createOrAdopt(
    ref: GuestRef,
    body: ReturnType<typeof guestOptions>,
    signal: AbortSignal,
  ): Promise<string> {
    const answered = lingering(signal, CREATE_LINGER_MS);
    for (let attempt = 0; ; attempt++) {
      try {
        const made = await this.engine.ask(
          answered,
          // Told apart, since dockerode would otherwise write all of the body into the URL as well.
          (docker) =>
            docker.createContainer({
              _query: { name: ref.name },
              _body: body,
              abortSignal: answered,
            } as ContainerCreateOptions),
          { 400: 'hypervisor.start-failed', 404: 'hypervisor.image-missing', 409: 'hypervisor.start-failed' },
        );
        if (signal.aborted) throw whenAborted(signal);
        this.fresh.add(ref.name);
        return made.id;
      } catch (error) {
        if (signal.aborted) throw whenAborted(signal);
        if (statusOf(error) !== CONFLICT || attempt > 1) throw error;
        const known = await ignoring([NOT_FOUND], this.inspect(ref, signal));
        if (known === undefined) continue;
        if (known.Config.Labels[LABELS.installation] !== this.options.installationId) throw error;
        const wish = body.Labels?.[LABELS.spec];
        if (known.State.Status !== 'created' || known.Config.Labels[LABELS.spec] === wish) return known.Id;
        await ignoring(
          [NOT_FOUND],
          this.engine.ask(signal, (docker) =>
            docker.getContainer(ref.name).remove({ force: true, v: true, abortSignal: signal }),
          ),
        );
      }
    }
  }

  /** Docker would say 400 as for any wish that it does not understand; Podman would take its own runtime. */
  private async refuseWithoutWalls(isolation: Isolation, signal: AbortSignal): Promise<void> {
    if ((await this.isolations({ signal })).includes(isolation)) return;
    throw new Problem('hypervisor.isolation-missing', {
      logContext: { isolation, strongRuntime: this.options.strongRuntime ?? '(none is set)' },
    });
  }

  private async refuseEnded(ref: GuestRef, signal: AbortSignal): Promise<void> {
    const { State } = await this.inspect(ref, signal, { 404: 'hypervisor.start-failed' });
    if (!State.Running && State.Status !== 'created') throw startFailed('it has already ended');
  }

  /** Waits for the endpoint, but not longer than the guest lives. */
  private async awaitAnswer(ref: GuestRef, spec: GuestSpec, signal: AbortSignal): Promise<void> {
    const { endpoint } = spec;
    if (endpoint === undefined) return;
    const over = new AbortController();
    const either = sooner(signal, over.signal);
    const death = (async () => {
      await delay(WATCH_AFTER_MS, either);
      await this.ended(ref, either);
      throw startFailed('it ended before its display came');
    })();
    try {
      await Promise.race([awaitEndpoint(endpoint, spec.role === 'viewer' ? 'rfb' : 'accept', either), death]);
    } catch (error) {
      throw signal.aborted ? whenAborted(signal) : error;
    } finally {
      over.abort();
      await death.catch(() => undefined);
    }
  }

  /** True once the guest does not run. */
  private async ended(ref: GuestRef, signal: AbortSignal): Promise<true> {
    await this.engine.ask(signal, (docker) =>
      docker.getContainer(ref.name).wait({ condition: 'not-running', abortSignal: signal }),
    );
    return true;
  }

  /** False when there is nothing that runs. */
  private async kill(ref: GuestRef, signalName: string, signal: AbortSignal): Promise<boolean> {
    const sent = await ignoring(
      [NOT_FOUND, CONFLICT],
      this.engine.ask(signal, async (docker) => {
        await docker.getContainer(ref.name).kill({ signal: signalName, abortSignal: signal });
        return true;
      }),
    );
    return sent ?? false;
  }

  private inspect(ref: GuestRef, signal: AbortSignal, byStatus?: Parameters<Engine['ask']>[2]) {
    return this.engine.ask(
      signal,
      (docker) => docker.getContainer(ref.name).inspect({ abortSignal: signal }),
      byStatus,
    );
  }

  private ours(): Record<string, string[]> {
    return { label: [`${LABELS.installation}=${this.options.installationId}`] };
  }

  private ref(name: string, data: Record<string, string> = {}): GuestRef {
    return { driver: this.kind, name, state: { version: STATE_VERSION, data } };
  }
}

interface ImageConfig {
  readonly Labels?: Record<string, string> | null;
}

const startFailed = (reason: string, cause?: unknown): Problem =>
  cause instanceof Problem
    ? cause
    : new Problem('hypervisor.start-failed', { logContext: { reason }, cause });

import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type {
  ContainerCreateOptions,
  ContainerInspectInfo,
  ContainerInspectOptions,
  ImageInspectInfo,
} from 'dockerode';
import { newId, Problem } from '@vitrine/kernel';
import type { HostMounts } from '../host/host-mounts.js';
import { seenOf, viewProcess } from '../host/kernel-view.js';
import type { CallOptions, GuestExamination, GuestImage, GuestRef } from '../hypervisor-driver.js';
import { awaitEndpoint } from '../sockets/await-endpoint.js';
import { Workshop, type BuildSpec, type Freeze } from '../workshop.js';
import { confirmedFamilies } from './confirmed-profile.js';
import { BUILD_CAPABILITY_BITS, buildBreachesOf, buildMounts, buildOptions } from './build-options.js';
import { abortable, Engine, ignoring, lingering } from './engine.js';
import { GuestFolders } from './guest-folders.js';
import { LABELS } from './guest-options.js';
import { keepOutside, reachesInside } from './outside-only.js';
import { fileInTar, tarOf } from './tar.js';

const NOT_FOUND = 404;
const CONFLICT = 409;
const CREATE_LINGER_MS = 5_000;
const CLEAN_UP_MS = 15_000;
/** A network that a guest is just leaving cannot be removed yet. */
const BUSY = 403;
const TRIES = 5;

export interface DockerWorkshopOptions {
  readonly installationId: string;
  readonly runDir: string;
  readonly engineSocket?: string | undefined;
  readonly mounts: HostMounts;
}

/** Builds are containers of the same engine as the guests, with a network each. Needs root, for the folders' mounts. */
export class DockerWorkshop extends Workshop {
  private readonly engine: Engine;
  private readonly folders: GuestFolders;

  constructor(private readonly options: DockerWorkshopOptions) {
    super();
    this.engine = new Engine(options.engineSocket);
    this.folders = new GuestFolders(options.mounts, join(options.runDir, 'guests'));
  }

  override plan(ownerId: string): GuestRef {
    return { driver: 'docker', name: this.nameOf(ownerId), state: { version: 1, data: {} } };
  }

  override async open(spec: BuildSpec, options: CallOptions): Promise<GuestExamination> {
    const { signal } = options;
    const ref = this.plan(spec.ownerId);
    const known = await ignoring([NOT_FOUND], this.inspect(ref.name, signal));
    if (known === undefined) await this.make(spec, ref, signal);
    else if (!known.State.Running && known.State.Status !== 'created') throw startFailed('it has ended');
    await ignoring(
      [304],
      this.engine.ask(
        signal,
        (docker) => docker.getContainer(ref.name).start({ abortSignal: signal }),
        FAILS_TO_START,
      ),
    );
    // Nobody has its screen yet, and what it began meanwhile is cut.
    await keepOutside((await this.inspect(ref.name, signal)).State.Pid, signal);
    // The views stay as long as the guest: the engine looks for all sources again when a file is put into it.
    await awaitEndpoint(spec.endpoint, 'rfb', signal);
    return this.examine(spec, options);
  }

  override async examine({ ownerId }: BuildSpec, { signal }: CallOptions): Promise<GuestExamination> {
    const name = this.nameOf(ownerId);
    const made = await this.inspect(name, signal);
    if (!made.State.Running) throw startFailed('it does not run');
    const seen = await viewProcess(made.State.Pid).catch((error: unknown) => {
      throw startFailed('it ended while it was looked at', error);
    });
    const kernel: readonly (readonly [string, boolean])[] = [
      ['it has more capabilities than a package needs', (seen.capabilities & ~BUILD_CAPABILITY_BITS) === 0n],
      ['it can gain rights', seen.noNewPrivileges],
      ['its system calls are not filtered', seen.seccomp === 'filter'],
      ['it reaches this machine or its neighbours', !(await reachesInside(made.State.Pid, signal))],
      [`it shares the host’s ${seen.shared.join(', ')}`, seen.shared.every((one) => one === 'user')],
    ];
    const lacking = kernel.filter(([, stands]) => !stands).map(([breach]) => breach);
    return {
      ...seenOf(seen),
      writable: ['/'],
      socketFamilies: await confirmedFamilies(made),
      breaches: [...new Set([...buildBreachesOf(made, name), ...lacking])],
    };
  }

  override async bytes(ownerId: string, { signal }: CallOptions): Promise<number> {
    const made = await this.engine.ask(signal, (docker) =>
      docker
        .getContainer(this.nameOf(ownerId))
        .inspect({ size: true, abortSignal: signal } as ContainerInspectOptions),
    );
    return (made as { readonly SizeRw?: number }).SizeRw ?? 0;
  }

  override async freeze(
    { ownerId, imageDigest }: BuildSpec,
    into: Freeze,
    { signal }: CallOptions,
  ): Promise<GuestImage> {
    const name = this.nameOf(ownerId);
    const { repository, tag, labels, file } = into;
    const base = await this.image(imageDigest, signal);
    if (!base) throw new Problem('hypervisor.image-missing');
    await this.engine.ask(signal, (docker) =>
      docker.getContainer(name).putArchive(tarOf(file.name, file.content), { path: file.folder }),
    );
    // What the engine is not told it takes from the guest: its labels are blanked, so that no sweep takes for a build
    // what was only made in one.
    const blank = Object.fromEntries(Object.values(LABELS).map((label) => [label, '']));
    const made = (await this.engine.ask(signal, (docker) =>
      docker.getContainer(name).commit({
        _query: { container: name, repo: repository, tag, pause: true },
        _body: {
          ...base.Config,
          Labels: { ...(base.Config.Labels as Record<string, string> | null), ...blank, ...labels },
        },
        abortSignal: signal,
      }),
    )) as { readonly Id: string };
    const image = await this.image(made.Id, signal);
    if (!image) throw new Problem('hypervisor.image-missing');
    return {
      digest: image.Id,
      bytes: image.Size,
      createdAt: new Date(image.Created),
      labels: image.Config.Labels,
    };
  }

  override async close(ownerId: string, { signal }: CallOptions): Promise<void> {
    const ref = this.plan(ownerId);
    await ignoring(
      [NOT_FOUND],
      this.engine.ask(signal, (docker) =>
        docker.getContainer(ref.name).remove({ force: true, v: true, abortSignal: signal }),
      ),
    );
    await this.removeNetwork(ref.name, signal);
    await this.folders.release(ref);
  }

  override async sweep({ signal }: CallOptions): Promise<void> {
    const filters = { label: [`${LABELS.installation}=${this.options.installationId}`] };
    const networks = await this.engine.ask(signal, (docker) =>
      docker.listNetworks({ filters: { label: filters.label } }),
    );
    const guests = await this.engine.ask(signal, (docker) => docker.listContainers({ all: true, filters }));
    const names = new Set(guests.flatMap(({ Names }) => Names.map((name) => name.replace(/^\//, ''))));
    for (const { Name } of networks) if (!names.has(Name)) await this.removeNetwork(Name, signal);
  }

  override async readFile(
    imageDigest: string,
    path: string,
    maximumBytes: number,
    { signal }: CallOptions,
  ): Promise<Buffer | undefined> {
    // Never started, and labelled as a job, which the next start of the host takes away should this process be killed.
    const name = `vitrine-${this.options.installationId.slice(0, 8)}-job-${newId()}`;
    const answered = lingering(signal, CREATE_LINGER_MS);
    try {
      await this.engine.ask(
        answered,
        (docker) =>
          docker.createContainer({
            _query: { name },
            _body: {
              Image: imageDigest,
              Entrypoint: ['/nothing'],
              NetworkDisabled: true,
              Labels: { [LABELS.installation]: this.options.installationId, [LABELS.role]: 'job' },
              HostConfig: { NetworkMode: 'none' },
            },
            abortSignal: answered,
          } as unknown as ContainerCreateOptions),
        { 404: 'hypervisor.image-missing' },
      );
      const stream = await ignoring(
        [NOT_FOUND],
        this.engine.ask(signal, (docker) => docker.getContainer(name).getArchive({ path })),
      );
      return stream && fileInTar(await upTo(stream as Readable, maximumBytes, signal));
    } finally {
      await ignoring(
        [NOT_FOUND],
        this.engine.ask(AbortSignal.timeout(CLEAN_UP_MS), (docker) =>
          docker.getContainer(name).remove({ force: true, v: true }),
        ),
      );
    }
  }

  /** Lets go of the connections to the engine; builds go on. */
  dispose(): void {
    this.engine.close();
  }

  private async make(spec: BuildSpec, ref: GuestRef, signal: AbortSignal): Promise<void> {
    await this.makeNetwork(ref.name, spec.ownerId, signal);
    const plans = await this.folders.plan(ref, buildMounts(spec));
    await this.folders.prepare(plans);
    await this.folders.expose(plans);
    const body = buildOptions(
      this.options.installationId,
      spec,
      plans.map(({ bound }) => bound),
      ref.name,
    );
    const answered = lingering(signal, CREATE_LINGER_MS);
    await this.engine.ask(
      answered,
      (docker) =>
        docker.createContainer({
          _query: { name: ref.name },
          _body: body,
          abortSignal: answered,
        } as ContainerCreateOptions),
      { 400: 'hypervisor.start-failed', 404: 'hypervisor.image-missing' },
    );
  }

  private async makeNetwork(name: string, ownerId: string, signal: AbortSignal): Promise<void> {
    await ignoring(
      [CONFLICT],
      this.engine.ask(signal, (docker) =>
        docker.createNetwork({
          Name: name,
          CheckDuplicate: true,
          Driver: 'bridge',
          Labels: { [LABELS.installation]: this.options.installationId, [LABELS.owner]: ownerId },
          abortSignal: signal,
        }),
      ),
    );
  }

  private async removeNetwork(name: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await ignoring(
          [NOT_FOUND],
          this.engine.ask(
            signal,
            (docker) => docker.getNetwork(name).remove({ abortSignal: signal }),
            attempt < TRIES ? { [BUSY]: 'kernel.busy' } : {},
          ),
        );
        return;
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'kernel.busy') throw error;
        await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
      }
    }
  }

  private inspect(name: string, signal: AbortSignal): Promise<ContainerInspectInfo> {
    return this.engine.ask(signal, (docker) => docker.getContainer(name).inspect({ abortSignal: signal }), {
      404: 'hypervisor.start-failed',
    });
  }

  private image(digest: string, signal: AbortSignal): Promise<ImageInspectInfo | undefined> {
    return ignoring(
      [NOT_FOUND],
      this.engine.ask(signal, (docker) => {
        const image = docker.getImage(digest);
        return abortable<ImageInspectInfo>(image, image.inspect, signal);
      }),
    );
  }

  private nameOf(ownerId: string): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(ownerId)) throw new Error('not an owner id');
    return `vitrine-${this.options.installationId.slice(0, 8)}-build-${ownerId}`;
  }
}

const FAILS_TO_START = {
  400: 'hypervisor.start-failed',
  404: 'hypervisor.start-failed',
  409: 'hypervisor.start-failed',
  500: 'hypervisor.start-failed',
} as const;

const startFailed = (reason: string, cause?: unknown): Problem =>
  new Problem('hypervisor.start-failed', { logContext: { reason }, cause });

/** The first bytes of a stream and no more, whatever its maker sends. */
async function upTo(stream: Readable, maximumBytes: number, signal: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  const abort = () => stream.destroy(new Problem('hypervisor.took-too-long'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length > maximumBytes) break;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    stream.destroy();
  }
  return Buffer.concat(parts);
}

import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { AuditService, type AuditAction } from '@vitrine/audit';
import { Clock, later, newId, Problem, withDeadline } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import {
  BUILD_LIMITS,
  commandOf,
  CONTRACT,
  PermitIssuer,
  SessionHost,
  type NewImage,
} from '@vitrine/session-host';
import { GuacdImage, ViewerAdmission, ViewerCatalogue, ViewerRegistrar, type Viewer } from '@vitrine/viewers';
import { HostCapacity } from '../host-capacity.js';
import { Launcher } from '../launcher.js';
import { newSession } from '../new-session.js';
import { SessionEnding } from '../session-ending.js';
import { LIVE_STATES } from '../session-machine.js';
import { SessionStore } from '../session-store.js';
import { isBuild, Session, type SessionAgent, type SessionPlan } from '../session.entity.js';
import { Freezes } from './freezes.js';

const BUILD_MS = 4 * 60 * 60_000;
const START_PATIENCE_MS = 10 * 60_000;
/** Of one person: a build holds memory and fills the engine's disk. */
const MOST_BUILDS = 2;
const LOOK_UP_MS = 10_000;
/** A gigabyte that was installed is written within a minute. */
const FREEZE_MS = 5 * 60_000;

/** Who builds. */
export interface Builder {
  readonly agent: SessionAgent;
  /** Admins see the builds of everybody, vendors their own. */
  readonly seesAll: boolean;
}

/** What is asked for when a build is finished. Where it says nothing, the base's own holds. */
export interface NewViewer {
  readonly name: string;
  readonly version: string;
  readonly sentence: string;
  readonly licence: string;
  readonly formats: readonly string[];
  readonly maximumMinutes: number;
  readonly memoryMiB: number;
  readonly command?: readonly string[] | undefined;
}

/**
 * Images that admins and vendors make here: a copy of a viewer's image is opened, software is installed in it, and what it then is
 * becomes a viewer of its own, tested like a stranger's and approved by an admin. A build is a session, so that its
 * display, its deadline, its adoption and its end are those of every session; it has no patient, and shows made data.
 */
@Injectable()
export class StudioService {
  constructor(
    private readonly store: SessionStore,
    private readonly catalogue: ViewerCatalogue,
    private readonly registrar: ViewerRegistrar,
    private readonly admission: ViewerAdmission,
    private readonly guacd: GuacdImage,
    private readonly capacity: HostCapacity,
    private readonly launcher: Launcher,
    private readonly ending: SessionEnding,
    private readonly freezes: Freezes,
    private readonly host: SessionHost,
    private readonly permits: PermitIssuer,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** Begins to open a copy of a viewer's image and returns. Throws `viewers.no-base` and `sessions.limit-reached`. */
  async open(viewerId: string, { agent: by }: Builder): Promise<Session> {
    const base = await this.catalogue.get(viewerId);
    if (!isBase(base)) throw new Problem('viewers.no-base');
    const session = await this.draft(base, by);
    await this.store.add(session, async (manager) => {
      const live = await manager.findBy(Session, { patientId: by.id, state: In([...LIVE_STATES]) });
      if (live.filter(isBuild).length >= MOST_BUILDS)
        throw new Problem('sessions.limit-reached', { extensions: { limit: MOST_BUILDS } });
      this.capacity.check(session.plan);
      await this.record(manager, 'studio.opened', session, by);
    });
    this.launcher.launch(session);
    return session;
  }

  /** Viewers that can be built on. */
  async bases(): Promise<Viewer[]> {
    return (await this.catalogue.all()).filter(isBase);
  }

  /** What somebody has submitted, whatever became of it. */
  async submitted({ agent }: Builder): Promise<Viewer[]> {
    return (await this.catalogue.all()).filter(({ origin }) => origin?.madeBy?.id === agent.id);
  }

  /** All that are not over, as far as this person may see them, latest first. */
  async list(by: Builder): Promise<Session[]> {
    return (await this.store.live()).filter((session) => mayBuildOn(session, by)).reverse();
  }

  /** Also one that is over. Throws `delegation.not-visible` for somebody else's, as for a session that is a patient's. */
  async get(id: string, by: Builder): Promise<Session> {
    const session = await this.store.find(id);
    if (!session || !mayBuildOn(session, by)) throw new Problem('delegation.not-visible');
    return session;
  }

  /**
   * Makes a viewer of what the build is now, has it tested, and ends the build. Until the viewer is in the catalogue the
   * build goes on, so that nothing is lost by a name that is taken or an engine that is away.
   */
  async submit(id: string, wish: NewViewer, by: Builder): Promise<Viewer> {
    const session = await this.get(id, by);
    if (session.state !== 'ready') throw new Problem('sessions.not-ready');
    const viewer = await this.freezes.during(id, () => this.freeze(session, wish, by.agent));
    if (!viewer) throw new Problem('kernel.busy');
    this.admission.enqueue(viewer.id);
    await this.ending.end(id, { reason: 'stopped', by: by.agent });
    return viewer;
  }

  async discard(id: string, by: Builder): Promise<void> {
    const session = await this.get(id, by);
    if (!LIVE_STATES.includes(session.state)) return;
    await this.transactor.run((manager) => this.record(manager, 'studio.discarded', session, by.agent));
    await this.ending.end(id, { reason: 'stopped', by: by.agent });
  }

  private async freeze(session: Session, wish: NewViewer, by: SessionAgent): Promise<Viewer> {
    const base = await this.catalogue.get(session.viewerId);
    const found = await withDeadline(LOOK_UP_MS, 'hypervisor.unreachable', (signal) =>
      this.host.findImage(session.imageDigest, { signal }),
    );
    if (!found) throw new Problem('hypervisor.image-missing');
    const command = wish.command ?? commandOf(found.labels[CONTRACT.manifestLabel]);
    if (!command || command.length === 0) throw new Problem('viewers.not-a-viewer', { message: NO_COMMAND });
    const image = imageOf(wish, base, command);
    if (await this.catalogue.has(image.id)) throw new Problem('viewers.id-taken');
    const { reference, digest } = await withDeadline(FREEZE_MS, 'hypervisor.took-too-long', (signal) =>
      this.host.freezeBuild(session.id, session.permit ?? '', image, { signal }),
    );
    const origin = {
      version: wish.version,
      madeBy: { id: by.id, name: by.name },
      base: {
        title: base.title,
        imageDigest: session.imageDigest,
        createdAt: found.createdAt.toISOString(),
      },
    };
    return this.registrar.registerBuilt(reference, digest, origin, (manager, viewer) =>
      this.record(manager, 'studio.submitted', session, by, viewer),
    );
  }

  private async draft(base: Viewer, by: SessionAgent): Promise<Session> {
    const id = newId();
    const now = this.clock.instant();
    const longestMs = BUILD_MS;
    const startDeadline = later(now, START_PATIENCE_MS);
    const expiresAt = later(startDeadline, longestMs);
    const plan: SessionPlan = {
      network: 'none',
      resources: BUILD_LIMITS,
      isolation: base.isolation,
      guacdDigest: await this.guacd.digest(),
      registration: base.registration,
      bytes: 0,
      files: 0,
      longestMs,
      build: true,
    };
    return newSession(now, {
      id,
      patientId: by.id,
      startedBy: by,
      viewerId: base.id,
      imageDigest: base.imageDigest,
      itemIds: [],
      title: base.title,
      guests: await withDeadline(LOOK_UP_MS, 'hypervisor.unreachable', (signal) =>
        this.host.plan(id, { signal }),
      ),
      plan,
      permit: this.permits.signBuild({
        sessionId: id,
        by: { kind: by.kind, id: by.id },
        imageDigest: base.imageDigest,
        until: expiresAt,
      }),
      startDeadline,
      expiresAt,
    });
  }

  private record(
    manager: EntityManager,
    action: Extract<AuditAction, `studio.${string}`>,
    session: Session,
    agent: SessionAgent,
    viewer: Pick<Viewer, 'id' | 'title' | 'imageDigest'> = {
      id: session.viewerId,
      title: session.title,
      imageDigest: session.imageDigest,
    },
  ): Promise<void> {
    return this.audit.record(manager, {
      action,
      agent,
      patientId: null,
      entities: [
        { kind: 'viewer', id: viewer.id, label: viewer.title },
        { kind: 'session', id: session.id },
      ],
      details: { imageDigest: viewer.imageDigest, base: session.imageDigest },
    });
  }
}

const mayBuildOn = (session: Session, { agent, seesAll }: Builder): boolean =>
  isBuild(session) && (seesAll || session.patientId === agent.id);

const isBase = ({ registration, isolation, state }: Viewer): boolean =>
  registration !== null && isolation !== 'vm' && (state === 'offered' || state === 'disabled');

const NO_COMMAND = 'The image that was built on does not say what it runs. Please state it.';

function imageOf(wish: NewViewer, base: Viewer, command: readonly string[]): NewImage {
  const { name, version, sentence, licence, formats, maximumMinutes, memoryMiB } = wish;
  return {
    id: idOf(name, version),
    version,
    // Two versions can be offered at once, and people have to tell them apart.
    title: `${name} ${version}`,
    sentence,
    licence,
    formats: [...new Set(formats)],
    rank: base.rank,
    resources: { ...base.resources, memoryMiB },
    network: base.network,
    maximumMinutes,
    command,
  };
}

/** Short and readable: “Lesegerät plus”, 1.2 is `lesegerat-plus-1-2`. */
function idOf(name: string, version: string): string {
  const plain = (text: string) =>
    text
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[^a-z]+|-+$/g, '');
  const tail = version.replaceAll('.', '-');
  const head = plain(name)
    .slice(0, 31 - tail.length)
    .replace(/-+$/, '');
  return `${head === '' ? 'viewer' : head}-${tail}`;
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { AuditService, SYSTEM_AGENT, type AuditAgent } from '@vitrine/audit';
import type { Isolation } from '@vitrine/hypervisor';
import { Clock, Problem, withDeadline } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { NOT_BEGUN, type AdmissionProgress } from './admission-findings.js';
import {
  CONTRACT,
  egressText,
  MOST_EGRESS_TARGETS,
  readEgressTarget,
  readManifestLabel,
  SessionHost,
  type RegisteredImage,
  type ViewerManifest,
} from '@vitrine/session-host';
import {
  Viewer,
  type AdmissionReport,
  type ResultsChoice,
  type ViewerOrigin,
  type ViewerState,
} from './viewer.entity.js';

const LOOK_UP_MS = 10_000;

/** Puts images into the catalogue and changes what is offered. Every change is audited with it. */
@Injectable()
export class ViewerRegistrar {
  constructor(
    @InjectRepository(Viewer) private readonly viewers: Repository<Viewer>,
    private readonly host: SessionHost,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * Enters a stranger's image under the digest that it has now; it is offered only after its admission test. Nothing is
   * pulled: the engine must hold the image already.
   */
  async register(reference: string, agent: AuditAgent): Promise<Viewer> {
    const examined = await this.examine(reference);
    const { image, manifest } = examined;
    return this.transactor.run(async (manager) => {
      const known = await manager.findOneBy(Viewer, { id: manifest.id });
      if (known && repository(known.imageReference) !== repository(reference))
        throw new Problem('viewers.not-a-viewer', {
          message: `This image cannot be used: its id “${manifest.id}” belongs to another viewer.`,
        });
      const viewer = this.entry(examined, reference, known, 'testing', false);
      viewer.admission = this.unfinished(image.digest, NOT_BEGUN);
      return this.save(manager, viewer, agent, 'viewer.registered');
    });
  }

  /**
   * Enters an image that was made in the studio. It is a viewer of its own, so that what was there before stays as it is;
   * after its test it waits for an admin's approval. Throws `viewers.id-taken`.
   */
  async registerBuilt(
    reference: string,
    imageDigest: string,
    origin: Omit<ViewerOrigin, 'approvedAt'>,
    alongside: (manager: EntityManager, viewer: Viewer) => Promise<void>,
  ): Promise<Viewer> {
    const examined = await this.examine(imageDigest);
    const { image, manifest } = examined;
    return this.transactor.run(async (manager) => {
      if (await manager.existsBy(Viewer, { id: manifest.id })) throw new Problem('viewers.id-taken');
      const viewer = this.entry(examined, reference, null, 'testing', false);
      viewer.origin = { ...origin, approvedAt: null };
      viewer.admission = this.unfinished(image.digest, NOT_BEGUN);
      await manager.save(viewer);
      await alongside(manager, viewer);
      return viewer;
    });
  }

  /** Offers what was made in the studio and has passed its test. Throws `viewers.not-approved`. */
  async approve(id: string, agent: AuditAgent): Promise<Viewer> {
    return this.transactor.run(async (manager) => {
      const viewer = await existing(manager, id);
      if (viewer.state !== 'awaiting' || !viewer.origin) throw new Problem('viewers.not-approved');
      viewer.origin = { ...viewer.origin, approvedAt: this.clock.instant() };
      viewer.state = 'offered';
      return this.save(manager, viewer, agent, 'studio.approved');
    });
  }

  /**
   * Enters an image that was built from our own sources and offers it at once. A rebuilt image is pinned anew; running
   * sessions keep the digest they were started with. A viewer that the admin disabled stays disabled.
   */
  async registerShipped(reference: string): Promise<Viewer> {
    const examined = await this.examine(reference);
    const before = await this.viewers.findOneBy({ id: examined.manifest.id });
    const after = this.entry(examined, reference, before, shippedState(examined, before), true);
    if (before && same(before, after)) return before;
    return this.transactor.run((manager) => this.save(manager, after, SYSTEM_AGENT, 'viewer.registered'));
  }

  /** Writes down how the test went. A shipped viewer is not withdrawn by it: its images were tested when built. */
  async report(
    id: string,
    report: AdmissionReport,
    icon: Buffer | null,
    registration: string | null,
  ): Promise<Viewer> {
    return this.transactor.run(async (manager) => {
      const viewer = await existing(manager, id);
      if (viewer.imageDigest !== report.imageDigest) return viewer;
      viewer.admission = report;
      if (icon) viewer.icon = icon;
      viewer.registration = registration ?? viewer.registration;
      if (viewer.state === 'testing') viewer.state = report.passed ? afterTest(viewer) : 'refused';
      return this.save(manager, viewer, SYSTEM_AGENT, 'viewer.changed');
    });
  }

  /** Keeps how far the test is, for whoever watches it. Not an act: it changes nothing that is offered. */
  async progress(id: string, imageDigest: string, progress: AdmissionProgress): Promise<void> {
    const admission = this.unfinished(imageDigest, progress);
    await this.transactor.run((manager) => manager.update(Viewer, { id, imageDigest }, { admission }));
  }

  async disable(id: string, agent: AuditAgent): Promise<Viewer> {
    return this.setState(id, agent, () => 'disabled');
  }

  /** Offers a disabled viewer again. What has not passed its test with this very image stays away. */
  async enable(id: string, agent: AuditAgent): Promise<Viewer> {
    return this.setState(id, agent, (viewer) => {
      const passed = viewer.admission?.passed === true && viewer.admission.imageDigest === viewer.imageDigest;
      if (!passed && !(viewer.shipped && viewer.isolation === 'standard'))
        throw new Problem('viewers.admission-failed');
      return afterTest(viewer);
    });
  }

  /** Withdraws the viewer until its test is done again; a shipped one stays where it is. */
  async retest(id: string, agent: AuditAgent): Promise<Viewer> {
    return this.setState(id, agent, (viewer) => {
      viewer.admission = this.unfinished(viewer.imageDigest, NOT_BEGUN);
      return viewer.shipped ? viewer.state : 'testing';
    });
  }

  /** The walls that this machine can put around viewers, and that the operator lets them have. */
  async isolations(): Promise<readonly Isolation[]> {
    return withDeadline(LOOK_UP_MS, 'hypervisor.unreachable', (signal) => this.host.isolations({ signal }));
  }

  /**
   * Puts other walls around the viewer from its next start on. What showed its pictures within the old ones need not
   * within the new, so it is tested again and not offered until it passed; only one of our own goes back at once to
   * where it was tested when it was built. The same walls again change nothing. A virtual machine has its own walls, and
   * nothing else has them. Throws `hypervisor.isolation-missing`.
   */
  async isolate(id: string, isolation: Isolation, agent: AuditAgent): Promise<Viewer> {
    if (!(await this.isolations()).includes(isolation)) throw new Problem('hypervisor.isolation-missing');
    const before = await existing(this.viewers.manager, id);
    if (before.isolation === isolation) return before;
    if ([before.isolation, isolation].includes('vm')) throw new Problem('hypervisor.isolation-missing');
    const image = await this.find(before.imageReference);
    return this.setState(id, agent, (viewer) => {
      viewer.isolation = isolation;
      if (isolation !== 'standard') viewer.egress = [];
      // One of our own may go on within them at once.
      const isSame = image?.digest === viewer.imageDigest;
      viewer.registration = (isSame && image.registrations?.[isolation]) || null;
      viewer.admission = this.unfinished(viewer.imageDigest, NOT_BEGUN);
      if (viewer.state === 'disabled') return 'disabled';
      return viewer.shipped && isolation === 'standard' ? 'offered' : 'testing';
    });
  }

  /** Puts strong walls around all that have less than the operator asks for. Throws `hypervisor.isolation-missing`. */
  async raiseWalls(): Promise<void> {
    if ((await this.isolations()).includes('standard')) return;
    for (const { id } of await this.viewers.findBy({ isolation: 'standard' }))
      await this.isolate(id, 'strong', SYSTEM_AGENT);
  }

  /** Lets what is saved in the viewer come out for the patients to decide on, from its next start on, or no longer. */
  async allowResults(id: string, allowed: boolean, agent: AuditAgent): Promise<Viewer> {
    return this.setState(id, agent, (viewer) => {
      if (viewer.results === 'none') throw new Problem('viewers.no-results');
      viewer.results = allowed ? 'on' : 'off';
      return viewer.state;
    });
  }

  /**
   * Lets the viewer's sessions speak with these computers and no others, where the patient says yes at the start. Throws
   * `viewers.egress-invalid` for what is no name of a computer, and `viewers.egress-walls` for a viewer within other walls
   * than the standard ones.
   */
  async allowEgress(id: string, names: readonly string[], agent: AuditAgent): Promise<Viewer> {
    const targets = names.map((name) => {
      const target = readEgressTarget(name.trim().toLowerCase());
      if (!target) throw new Problem('viewers.egress-invalid');
      return egressText(target);
    });
    const egress = [...new Set(targets)].sort();
    if (egress.length > MOST_EGRESS_TARGETS) throw new Problem('viewers.egress-invalid');
    return this.setState(id, agent, (viewer) => {
      if (viewer.isolation !== 'standard' && egress.length > 0) throw new Problem('viewers.egress-walls');
      viewer.egress = egress;
      return viewer.state;
    });
  }

  private unfinished(imageDigest: string, progress: AdmissionProgress): AdmissionReport {
    return { at: this.clock.instant(), passed: false, imageDigest, ...progress };
  }

  private setState(id: string, agent: AuditAgent, next: (viewer: Viewer) => ViewerState): Promise<Viewer> {
    return this.transactor.run(async (manager) => {
      const viewer = await existing(manager, id);
      viewer.state = next(viewer);
      return this.save(manager, viewer, agent, 'viewer.changed');
    });
  }

  private async examine(reference: string): Promise<Examined> {
    const [image, isolations] = await Promise.all([this.find(reference), this.isolations()]);
    if (!image) throw new Problem('hypervisor.image-missing', { message: NOT_HELD });
    const contract = image.labels[CONTRACT.versionLabel];
    if (contract !== CONTRACT.version)
      throw new Problem('viewers.not-a-viewer', {
        message: `This image cannot be used as a viewer: it does not carry the label ${CONTRACT.versionLabel}=${CONTRACT.version}.`,
      });
    return { image, isolations, manifest: readManifestLabel(image.labels[CONTRACT.manifestLabel]) };
  }

  private find(reference: string): Promise<RegisteredImage | undefined> {
    return withDeadline(LOOK_UP_MS, 'hypervisor.unreachable', (signal) =>
      this.host.findImage(reference, { signal }),
    );
  }

  private entry(
    examined: Examined,
    reference: string,
    known: Viewer | null,
    state: ViewerState,
    shipped: boolean,
  ): Viewer {
    const { image, manifest } = examined;
    const isolation = wallsFor(examined, known);
    const sameImage = known?.imageDigest === image.digest;
    return Object.assign(new Viewer(), {
      ...manifest,
      formats: [...manifest.formats],
      imageReference: reference,
      imageDigest: image.digest,
      registration: image.registrations?.[isolation] ?? (sameImage ? known.registration : null),
      state,
      shipped,
      isolation,
      results: resultsOf(manifest, known, shipped || sameImage),
      admission: sameImage ? known.admission : null,
      // Another image is another program, and nobody has said of that one whom it may speak with.
      egress: sameImage && isolation === 'standard' ? known.egress : [],
      icon: known?.icon ?? null,
      imageCreatedAt: image.createdAt.toISOString(),
      origin: sameImage ? known.origin : null,
      maximumMinutes: manifest.maximumMinutes ?? null,
      createdAt: known?.createdAt ?? this.clock.instant(),
    });
  }

  private async save(
    manager: EntityManager,
    viewer: Viewer,
    agent: AuditAgent,
    action: 'viewer.registered' | 'viewer.changed' | 'studio.approved',
  ): Promise<Viewer> {
    await manager.save(viewer);
    await this.audit.record(manager, {
      action,
      agent,
      patientId: null,
      outcome: viewer.state === 'refused' ? 'refused' : 'success',
      entities: [{ kind: 'viewer', id: viewer.id, label: viewer.title }],
      details: {
        state: viewer.state,
        imageDigest: viewer.imageDigest,
        isolation: viewer.isolation,
        results: viewer.results,
        ...(viewer.egress.length > 0 ? { egress: viewer.egress.join(', ') } : {}),
      },
    });
    return viewer;
  }
}

const NOT_HELD = 'The container engine does not hold an image of this name. Load or pull it first.';

/** What was made in the studio is offered when an admin has looked at it, too. */
const afterTest = ({ origin }: Viewer): ViewerState =>
  origin !== null && origin.approvedAt === null ? 'awaiting' : 'offered';

/** An image that can be a viewer, and the walls that it may have here. */
interface Examined {
  readonly image: RegisteredImage;
  readonly manifest: ViewerManifest;
  readonly isolations: readonly Isolation[];
}

/** What was chosen for an earlier image, where this one can have it; never less than the operator asks for. */
function wallsFor({ image, isolations }: Examined, known: Viewer | null): Isolation {
  if (image.isMachine) return 'vm';
  return known?.isolation === 'strong' || !isolations.includes('standard') ? 'strong' : 'standard';
}

/** Another image of a stranger is not what the admin allowed it to. */
function resultsOf({ results }: ViewerManifest, known: Viewer | null, isTrusted: boolean): ResultsChoice {
  if (!results) return 'none';
  return known?.results === 'on' && isTrusted ? 'on' : 'off';
}

/** Images of ours were tested when they were built, within standard walls only. */
function shippedState(examined: Examined, before: Viewer | null): ViewerState {
  if (before?.state === 'disabled') return 'disabled';
  if (wallsFor(examined, before) !== 'strong') return 'offered';
  const isSame = before?.isolation === 'strong' && before.imageDigest === examined.image.digest;
  return isSame ? before.state : 'testing';
}

/** `registry/name` of `registry/name:tag` or `registry/name@sha256:…`. */
const repository = (reference: string): string => reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');

const SAME = [
  'imageDigest',
  'imageReference',
  'isolation',
  'imageCreatedAt',
  'registration',
  'results',
  'state',
  'shipped',
] as const;
const same = (a: Viewer, b: Viewer): boolean => SAME.every((field) => a[field] === b[field]);

async function existing(manager: EntityManager, id: string): Promise<Viewer> {
  const viewer = await manager.findOneBy(Viewer, { id });
  if (!viewer) throw new Problem('viewers.unknown');
  return viewer;
}
